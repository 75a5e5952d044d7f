import '@mantine/core/styles.css';
import './app.css';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { startI18n } from './i18n';
import { styleNonce } from './theme';
import { guardScripts } from './trusted';

guardScripts();

// Mantine's own styles ask MantineProvider; the scroll lock inside its dialogs asks here.
setNonce(styleNonce());
await startI18n();
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
