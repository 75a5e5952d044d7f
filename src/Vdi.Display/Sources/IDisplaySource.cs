using Vdi.Protocol.Wire;

namespace Vdi.Display.Sources;

/// <summary>What a source tells of its screen. Calls come one at a time, from the source's own loop.</summary>
public interface IDisplaySink
{
    /// <summary>The screen has a new size, in pixels; its content is unknown until damage comes.</summary>
    void Resize(int width, int height);

    /// <summary>New pixels, 4 bytes each in memory order red, green, blue, unused, <paramref name="stride"/> bytes a row.</summary>
    void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride);

    /// <summary>What came since the last call belongs together and may be shown.</summary>
    void Flush();

    void SetCursor(Cursor cursor);
}

/// <summary>Where a screen's pixels come from and its input goes to.</summary>
public interface IDisplaySource : IAsyncDisposable
{
    /// <summary>Feeds <paramref name="sink"/> until <paramref name="stop"/>; throws when the source breaks.</summary>
    Task RunAsync(IDisplaySink sink, CancellationToken stop);

    /// <summary>A key by its QEMU number (qnum).</summary>
    ValueTask KeyAsync(bool down, int qnum, CancellationToken stop);

    /// <summary>The pointer in framebuffer pixels, with buttons as in the wire format (1 left, 2 middle, 4 right, 8 back, 16 forward).</summary>
    ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop);

    /// <summary>The mouse moved by so much; positive is right and down. A guest without a relative mouse has its pointer moved by as many
    /// framebuffer pixels, from where it was last (the middle of the screen, where it was nowhere), and stays on the screen.</summary>
    ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop);

    /// <summary>Wheel notches; positive is right and down.</summary>
    ValueTask WheelAsync(int dx, int dy, CancellationToken stop);

    /// <summary>Tells the guest what size its screen should have, in pixels; whether it follows is its own affair, and screens that cannot
    /// be told stay as they are.</summary>
    ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop);
}
