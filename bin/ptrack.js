#!/usr/bin/env node
const { dirname, join } = require('node:path')

require('./from-cache.js')(join(dirname(__dirname), 'dist', 'ptrack.cjs'))
