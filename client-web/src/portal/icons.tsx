import type { ReactNode } from 'react';

interface IconProps {
  readonly size?: number;
}

function icon(children: ReactNode) {
  return function Icon({ size = 20 }: IconProps) {
    return (
      <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
        {children}
      </svg>
    );
  };
}

export const MoonIcon = icon(<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z" />);
export const SunIcon = icon(<><circle cx="12" cy="12" r="4" /><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" /></>);
export const GlobeIcon = icon(<><circle cx="12" cy="12" r="8.5" /><path d="M3.5 12h17M12 3.5c3 2.6 3 14.4 0 17M12 3.5c-3 2.6-3 14.4 0 17" /></>);
export const SendTextIcon = icon(<><path d="M4 6V4.5h10V6M9 4.5v9M7 13.5h4" /><path d="M12.5 18.5H20M17 15.5l3 3-3 3" /></>);
export const FolderIcon = icon(<path d="M3.5 7a2 2 0 0 1 2-2h4l2 2.5h7a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z" />);
export const KeyIcon = icon(<><circle cx="8" cy="15" r="4" /><path d="M11 12l8.5-8.5M16 7l3 3" /></>);
export const LeaveIcon = icon(<><path d="M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4" /><path d="M15 8l4 4-4 4M19 12H9" /></>);
export const PowerIcon = icon(<><path d="M12 3.5v8" /><path d="M7 6.5a7.5 7.5 0 1 0 10 0" /></>);
export const FullScreenIcon = icon(<path d="M4 9V5a1 1 0 0 1 1-1h4M15 4h4a1 1 0 0 1 1 1v4M20 15v4a1 1 0 0 1-1 1h-4M9 20H5a1 1 0 0 1-1-1v-4" />);
export const WindowedIcon = icon(<path d="M9 4v4a1 1 0 0 1-1 1H4M20 9h-4a1 1 0 0 1-1-1V4M15 20v-4a1 1 0 0 1 1-1h4M4 15h4a1 1 0 0 1 1 1v4" />);
export const FitIcon = icon(<><rect x="3" y="5" width="18" height="14" rx="2" /><path d="M9 10l-2.5 2L9 14M15 10l2.5 2-2.5 2" /></>);
export const ActualIcon = icon(<><rect x="3" y="5" width="18" height="14" rx="2" /><path d="M8 10l1.5-1v6M14.5 10l1.5-1v6M12 10.5v.01M12 13.5v.01" /></>);
export const KeyboardIcon = icon(<><rect x="2.5" y="6" width="19" height="12" rx="2" /><path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M6 14h.01M18 14h.01M9.5 14h5" /></>);
export const CaptureIcon = icon(<><rect x="8" y="5.5" width="8" height="13" rx="4" /><path d="M12 8.5v2M4.5 9.5L2 12l2.5 2.5M19.5 9.5L22 12l-2.5 2.5" /></>);
export const CommandIcon = icon(<><rect x="3" y="4" width="18" height="16" rx="3" /><path d="M8 15l4-6 4 6" /></>);
export const ChevronIcon = icon(<path d="M6 10l6 5 6-5" />);
export const FlagIcon = icon(<path d="M6 21V4M6 4.5h11l-2.5 4L17 12.5H6" />);
export const PanelIcon = icon(<><rect x="3" y="4.5" width="18" height="15" rx="2" /><path d="M14.5 4.5v15" /></>);
export const MonitorsIcon = icon(<><rect x="2.5" y="6" width="11" height="9" rx="1.5" /><path d="M16 6h4a1.5 1.5 0 0 1 1.5 1.5v6A1.5 1.5 0 0 1 20 15h-4M8 15v3M5.5 18h5" /></>);
export const FilesIcon = icon(<><path d="M8 19V5M4.5 8.5L8 5l3.5 3.5" /><path d="M16 5v14M12.5 15.5L16 19l3.5-3.5" /></>);
export const SearchIcon = icon(<><circle cx="10.5" cy="10.5" r="6.5" /><path d="M15.5 15.5L20 20" /></>);
export const MoreIcon = icon(<path d="M5.5 12h.01M12 12h.01M18.5 12h.01" strokeWidth="2.5" />);
export const StarIcon = icon(<path d="M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5L12 16.3 7 19l1.1-5.5L4 9.7l5.6-.7z" />);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const DisksIcon = icon(<><ellipse cx="12" cy="6" rx="7.5" ry="3" /><path d="M4.5 6v6c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V6M4.5 12v6c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3v-6" /></>);
