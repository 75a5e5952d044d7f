namespace Vdi.Display.Recording;

/// <summary>What a display source said, kept in a file: "VDITRACE", a version byte, then records. A record is <c>u8 kind</c>,
/// <c>u32 milliseconds</c> since the trace began, <c>u32 length</c> and a body of so many bytes; numbers are little-endian.
/// <list type="table">
/// <item><term>1 Size</term><description><c>u16 width, u16 height</c>, 1 to 8192 each</description></item>
/// <item><term>2 Update</term><description>a rectangle (<c>u16 x, y, width, height</c>), then one zstd frame (RFC 8878) of its pixels, 4 bytes
/// each: red, green, blue, 255, row by row</description></item>
/// <item><term>3 Flush</term><description>nothing: what came since the last one belongs together</description></item>
/// <item><term>4 Cursor</term><description><c>u16 width, height, hotX, hotY</c>, then RGBA</description></item>
/// </list></summary>
internal static class TraceFormat
{
    public const byte Version = 1;

    /// <summary>kind, milliseconds, length.</summary>
    public const int HeadLength = 9;

    /// <summary>The largest body: a screen of 8192 x 8192 that zstd could not shorten.</summary>
    public const int MaxBody = (8192 * 8192 * 4) + (1 << 20);

    public static ReadOnlySpan<byte> Magic => "VDITRACE"u8;
}

internal enum TraceRecord : byte
{
    Size = 1,
    Update = 2,
    Flush = 3,
    Cursor = 4,
}
