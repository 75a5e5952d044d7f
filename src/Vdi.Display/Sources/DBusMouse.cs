using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Display.Sources;

/// <summary>The guest's mouse behind QEMU's console. A guest has one that takes places (a tablet) or one that takes motion, QEMU says which,
/// and refuses what is for the other; what comes is turned into what the guest takes.</summary>
/// <param name="screen">Its size in pixels; 0 x 0 while there is none.</param>
/// <param name="second">That of the second monitor, right of it; 0 x 0 while it is off.</param>
/// <param name="call">Queues a call: interface, member, signature, body.</param>
/// <param name="point">Queues <see cref="DisplayLine.Point"/>: a tablet covers all monitors, and a console's own call knows places of one.</param>
internal sealed class DBusMouse(
    Func<(int Width, int Height)> screen,
    Func<(int Width, int Height)> second,
    Func<string, string, string, DBusWriter, CancellationToken, ValueTask> call,
    Func<int, int, CancellationToken, ValueTask>? point)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _absolute = true;
    private (int X, int Y)? _place;
    private (int Width, int Height) _placedOn;
    private int _buttons;

    /// <summary>Asks which of them it is; <see cref="Hear"/> hears when that changes, as a driver of the guest's comes or goes.</summary>
    public ValueTask AskAsync(DBusCalls calls, CancellationToken stop) => calls.AskAsync(
        Display1.Properties,
        "Get",
        "ss",
        new DBusWriter().Text(Display1.Mouse).Text(Display1.IsAbsolute),
        answer =>
        {
            var reader = new DBusReader(answer.Span);
            _absolute = Display1.Flag(ref reader) ?? _absolute;
        },
        stop);

    public void Hear(DBusReceived signal)
    {
        if (signal.Fields is { Interface: Display1.Properties, Member: "PropertiesChanged", Signature: "sa{sv}as" })
        {
            _absolute = Display1.ChangedIsAbsolute(signal.Body.Span) ?? _absolute;
        }
    }

    /// <param name="onSecond">Whether the place is one of the second monitor.</param>
    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop, bool onSecond = false) => InTurnAsync(async size =>
    {
        // QEMU refuses a place outside the screen.
        var (on, left) = onSecond && second() is { Width: > 0 } other ? (other, size.Width) : (size, 0);
        var place = (X: left + Math.Clamp(x, 0, on.Width - 1), Y: Math.Clamp(y, 0, on.Height - 1));
        var last = _place;
        _place = place;
        if (_absolute)
        {
            await PlaceAsync(last, place, size, stop);
        }
        else if (last is { } there)
        {
            await MoveAsync(place.X - there.X, place.Y - there.Y, stop);
        }

        await PressAsync(buttons, stop);
    }, stop);

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => InTurnAsync(async size =>
    {
        if (_absolute)
        {
            var (x, y) = _place ?? (size.Width / 2, size.Height / 2);
            var all = All(size);
            var place = (Math.Clamp(x + dx, 0, all.Width - 1), Math.Clamp(y + dy, 0, all.Height - 1));
            var last = _place;
            _place = place;
            await PlaceAsync(last, place, size, stop);
        }
        else
        {
            await MoveAsync(dx, dy, stop);
        }

        await PressAsync(buttons, stop);
    }, stop);

    public async ValueTask WheelAsync(int dx, int dy, CancellationToken stop)
    {
        await NotchesAsync(Math.Abs(dy), dy < 0 ? DBusButton.WheelUp : DBusButton.WheelDown, stop);
        await NotchesAsync(Math.Abs(dx), dx < 0 ? DBusButton.WheelLeft : DBusButton.WheelRight, stop);
    }

    /// <summary>Does nothing while there is no screen.</summary>
    private async ValueTask InTurnAsync(Func<(int Width, int Height), Task> work, CancellationToken stop)
    {
        if (screen() is not { Width: > 0 } size)
        {
            return;
        }

        await _turn.WaitAsync(stop);
        try
        {
            await work(size);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What both monitors cover: the second one stands right of the first, both at the top.</summary>
    private (int Width, int Height) All((int Width, int Height) size) => point is not null && second() is { Width: > 0 } other
        ? (size.Width + other.Width, Math.Max(size.Height, other.Height))
        : size;

    private ValueTask PlaceAsync((int X, int Y)? last, (int X, int Y) place, (int Width, int Height) size, CancellationToken stop)
    {
        var all = All(size);
        if (last == place && _placedOn == all)
        {
            return ValueTask.CompletedTask;
        }

        // A guest whose monitors change moves its pointer by itself.
        _placedOn = all;
        return all == size
            ? call(Display1.Mouse, "SetAbsPosition", "uu", new DBusWriter().U32((uint)place.X).U32((uint)place.Y), stop)
            : point!(Middle(place.X, all.Width), Middle(place.Y, all.Height), stop);
    }

    /// <summary>Of a pixel, as the tablet counts.</summary>
    private static int Middle(int pixel, int pixels) => (int)Math.Min(DisplayLine.PointRange - 1, ((2L * pixel) + 1) * DisplayLine.PointRange / (2L * pixels));

    private ValueTask MoveAsync(int dx, int dy, CancellationToken stop) => (dx, dy) == (0, 0)
        ? ValueTask.CompletedTask
        : call(Display1.Mouse, "RelMotion", "ii", new DBusWriter().I32(dx).I32(dy), stop);

    private async ValueTask PressAsync(int buttons, CancellationToken stop)
    {
        var changed = buttons ^ _buttons;
        _buttons = buttons;
        for (var bit = 0; bit < 5; bit++)
        {
            if ((changed & (1 << bit)) != 0)
            {
                await ButtonAsync((buttons & (1 << bit)) != 0, bit < 3 ? (DBusButton)bit : DBusButton.Side + (uint)(bit - 3), stop);
            }
        }
    }

    private async Task NotchesAsync(int count, DBusButton button, CancellationToken stop)
    {
        for (var i = 0; i < count; i++)
        {
            await ButtonAsync(true, button, stop);
            await ButtonAsync(false, button, stop);
        }
    }

    private ValueTask ButtonAsync(bool down, DBusButton button, CancellationToken stop) =>
        call(Display1.Mouse, down ? "Press" : "Release", "u", new DBusWriter().U32((uint)button), stop);
}
