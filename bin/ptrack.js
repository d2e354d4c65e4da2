#!/usr/bin/env node
require('../dist/ptrack.cjs')
