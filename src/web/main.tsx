import { render } from 'preact'
import { App } from './app.tsx'
import { begin } from './app-state.ts'
import './style/tokens.css'
import './style/base.css'
import './style/frame.css'
import './style/drawings.css'
import './style/overview.css'
import './style/list.css'
import './style/process.css'

render(<App />, document.getElementById('app')!)
void begin()
