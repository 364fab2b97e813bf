import './inspector.css';
import type { HostToInspector, InspectorToHost } from '../src/protocol/inspector';
import { InspectorPage } from './inspector/page';
import { startPage } from './shell';

startPage<HostToInspector, InspectorToHost>((init, shell) => new InspectorPage(init, shell));
