using Vdi.Protocol.Rfb;

namespace Vdi.Display.Sources;

/// <summary>The mouse behind a VNC server. RFB itself knows places only; a server with the pointer motion change pseudo-encoding (QEMU's) says
/// when its guest takes motion, and places then mean motion, counted from 0x7FFF (rfbproto, "QEMU Pointer Motion Change").</summary>
/// <param name="screen">Its size in pixels.</param>
internal sealed class RfbMouse(Func<(int Width, int Height)> screen, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send)
{
    private const int Still = 0x7FFF;
    private volatile bool _absolute = true;
    private (int X, int Y)? _place;
    private int _mask;

    /// <summary>Whether places mean places.</summary>
    public bool IsAbsolute
    {
        set => _absolute = value;
    }

    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop)
    {
        var (last, place) = (_place, Inside(x, y));
        (_place, _mask) = (place, MaskOf(buttons));
        return _absolute || last is not { } there ? HereAsync(_mask, stop) : MoveAsync(place.X - there.X, place.Y - there.Y, stop);
    }

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop)
    {
        _mask = MaskOf(buttons);
        if (!_absolute)
        {
            return MoveAsync(dx, dy, stop);
        }

        var (x, y) = Here;
        _place = Inside(x + dx, y + dy);
        return HereAsync(_mask, stop);
    }

    public async ValueTask WheelAsync(int dx, int dy, CancellationToken stop)
    {
        await NotchesAsync(Math.Abs(dy), dy < 0 ? 8 : 16, stop);
        await NotchesAsync(Math.Abs(dx), dx < 0 ? 32 : 64, stop);
    }

    /// <summary>RFB counts left, middle, right as bits 0 to 2; 3 to 6 are the wheel, 7 is "back".</summary>
    private static int MaskOf(int buttons) => (buttons & 7) | ((buttons & 8) != 0 ? 128 : 0);

    private (int X, int Y) Here => _place ?? (screen().Width / 2, screen().Height / 2);

    private (int X, int Y) Inside(int x, int y)
    {
        var (width, height) = screen();
        return (Math.Clamp(x, 0, Math.Max(0, width - 1)), Math.Clamp(y, 0, Math.Max(0, height - 1)));
    }

    private async Task NotchesAsync(int count, int button, CancellationToken stop)
    {
        for (var i = 0; i < count; i++)
        {
            await HereAsync(_mask | button, stop);
            await HereAsync(_mask, stop);
        }
    }

    private ValueTask HereAsync(int mask, CancellationToken stop) => send(_absolute ? RfbMessages.Pointer(Here.X, Here.Y, mask) : RfbMessages.Pointer(Still, Still, mask), stop);

    private ValueTask MoveAsync(int dx, int dy, CancellationToken stop) =>
        send(RfbMessages.Pointer(Still + Math.Clamp(dx, -Still, Still), Still + Math.Clamp(dy, -Still, Still), _mask), stop);
}
