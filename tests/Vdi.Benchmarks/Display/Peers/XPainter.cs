using System.Runtime.InteropServices;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>Paints pictures on the root window of an X server: an X client by libX11 (Xlib - C Language X Interface). A picture goes into a
/// pixmap first, and in one step from there to the screen: XPutImage alone cuts it into many requests, and a server could show half of it.</summary>
internal sealed unsafe partial class XPainter : IPainter
{
    private const string Library = "libX11.so.6";
    private const int ZPixmap = 2;
    private readonly nint _display;
    private readonly nint _root;
    private readonly nint _pixmap;
    private readonly nint _context;
    private readonly nint _image;
    private readonly int _width;
    private readonly uint* _pixels;

    public XPainter(int display, int width, int height)
    {
        _width = width;
        _display = XOpenDisplay($":{display}");
        if (_display == 0)
        {
            throw new InvalidOperationException($"The X server :{display} takes no clients");
        }

        var screen = XDefaultScreen(_display);
        var depth = (uint)XDefaultDepth(_display, screen);
        _root = XDefaultRootWindow(_display);
        _pixels = (uint*)NativeMemory.AllocZeroed((nuint)(width * height * 4));
        _pixmap = XCreatePixmap(_display, _root, (uint)width, (uint)height, depth);
        _context = XCreateGC(_display, _root, 0, 0);
        _image = XCreateImage(_display, XDefaultVisual(_display, screen), depth, ZPixmap, 0, _pixels, (uint)width, (uint)height, 32, width * 4);
        if (_image == 0 || depth != 24)
        {
            throw new InvalidOperationException($"The X server :{display} has no screen of 24 bits a pixel");
        }
    }

    public static bool IsInstalled() => NativeLibrary.TryLoad(Library, out _);

    public void Paint(Picture picture, Rectangle area)
    {
        BlueFirst.Copy(picture, area, _pixels, _width);

        _ = XPutImage(_display, _pixmap, _context, _image, area.X, area.Y, area.X, area.Y, (uint)area.Width, (uint)area.Height);
        _ = XCopyArea(_display, _pixmap, _root, _context, area.X, area.Y, (uint)area.Width, (uint)area.Height, area.X, area.Y);
        _ = XSync(_display, 0);
    }

    /// <summary>Must come before the server's end: libX11 ends the process when its server is gone.</summary>
    public void Dispose()
    {
        _ = XFree(_image);
        _ = XCloseDisplay(_display);
        NativeMemory.Free(_pixels);
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint XOpenDisplay(string name);

    [LibraryImport(Library)]
    private static partial int XCloseDisplay(nint display);

    [LibraryImport(Library)]
    private static partial int XDefaultScreen(nint display);

    [LibraryImport(Library)]
    private static partial int XDefaultDepth(nint display, int screen);

    [LibraryImport(Library)]
    private static partial nint XDefaultVisual(nint display, int screen);

    [LibraryImport(Library)]
    private static partial nint XDefaultRootWindow(nint display);

    [LibraryImport(Library)]
    private static partial nint XCreatePixmap(nint display, nint drawable, uint width, uint height, uint depth);

    [LibraryImport(Library)]
    private static partial nint XCreateGC(nint display, nint drawable, nuint mask, nint values);

    [LibraryImport(Library)]
    private static partial nint XCreateImage(nint display, nint visual, uint depth, int format, int offset, uint* data, uint width, uint height, int pad, int stride);

    [LibraryImport(Library)]
    private static partial int XPutImage(nint display, nint drawable, nint context, nint image, int fromX, int fromY, int toX, int toY, uint width, uint height);

    [LibraryImport(Library)]
    private static partial int XCopyArea(nint display, nint from, nint to, nint context, int fromX, int fromY, uint width, uint height, int toX, int toY);

    [LibraryImport(Library)]
    private static partial int XSync(nint display, int discard);

    [LibraryImport(Library)]
    private static partial int XFree(nint data);
}
