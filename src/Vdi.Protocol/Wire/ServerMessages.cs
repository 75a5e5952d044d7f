using System.Buffers;

namespace Vdi.Protocol.Wire;

/// <summary>First byte of what a host sends; see docs/specs/wire.md.</summary>
public enum ServerMessageType : byte
{
    Welcome = 0x00,
    Frame = 0x01,
    Size = 0x02,
    Cursor = 0x03,
    Bye = 0x04,
    Pong = 0x05,
    Video = 0x06,
    Notice = 0x07,
    Clipboard = 0x08,
}

/// <summary>What a viewer may do; the same bits in a ticket, in Admit and in Welcome.</summary>
[Flags]
public enum Rights : byte
{
    None = 0,
    View = 1,
    Input = 2,
    ClipboardIn = 4,
    ClipboardOut = 8,
    FilesUp = 16,
    FilesDown = 32,
    Sound = 64,
    Microphone = 128,
}

public enum ByeReason : byte
{
    TakenOver = 1,
    SessionEnded = 2,
    MachineFailed = 3,
    SignedOut = 4,
    HostStopping = 5,

    /// <summary>Nothing was typed or pointed at for too long; the desktop itself goes on.</summary>
    Idle = 6,

    /// <summary>Said to a second monitor's window: that of the first is closed.</summary>
    FirstClosed = 7,
}

/// <summary>What words to a person are about.</summary>
public enum NoticeKind : byte
{
    /// <summary>Somebody says something.</summary>
    Message = 1,

    /// <summary>Whoever does nothing is disconnected in so many seconds.</summary>
    Idle = 2,

    /// <summary>The session ends in so many seconds, whatever one does.</summary>
    Ending = 3,

    /// <summary>What was copied is larger than so many KiB, and stays where it is.</summary>
    ClipboardTooLarge = 4,

    /// <summary>The person's files are on their way into the machine.</summary>
    HomeComing = 5,

    /// <summary>They are there now.</summary>
    HomeHere = 6,

    /// <summary>They could not be brought, as the text says: what is saved now stays only as long as this machine.</summary>
    HomeMissing = 7,

    /// <summary>The title of the application that is shown.</summary>
    AppTitle = 8,
}

/// <summary>A rectangle in framebuffer pixels.</summary>
public readonly record struct Rectangle(int X, int Y, int Width, int Height)
{
    public int Right => X + Width;

    public int Bottom => Y + Height;

    public bool IsEmpty => Width <= 0 || Height <= 0;

    public int Area => IsEmpty ? 0 : Width * Height;

    public Rectangle Intersect(Rectangle other)
    {
        var (x, y) = (Math.Max(X, other.X), Math.Max(Y, other.Y));
        return new Rectangle(x, y, Math.Max(0, Math.Min(Right, other.Right) - x), Math.Max(0, Math.Min(Bottom, other.Bottom) - y));
    }

    /// <summary>What of this lies outside of another: at most four rectangles.</summary>
    public IEnumerable<Rectangle> Without(Rectangle other)
    {
        var hole = Intersect(other);
        if (hole.IsEmpty)
        {
            return [this];
        }

        Rectangle[] around =
        [
            this with { Height = hole.Y - Y },
            new(X, hole.Y, hole.X - X, hole.Height),
            new(hole.Right, hole.Y, Right - hole.Right, hole.Height),
            this with { Y = hole.Bottom, Height = Bottom - hole.Bottom },
        ];
        return around.Where(part => !part.IsEmpty);
    }

    public Rectangle Union(Rectangle other)
    {
        if (IsEmpty || other.IsEmpty)
        {
            return IsEmpty ? other : this;
        }

        var (x, y) = (Math.Min(X, other.X), Math.Min(Y, other.Y));
        return new Rectangle(x, y, Math.Max(Right, other.Right) - x, Math.Max(Bottom, other.Bottom) - y);
    }

    public void Write(IBufferWriter<byte> to)
    {
        to.U16(X);
        to.U16(Y);
        to.U16(Width);
        to.U16(Height);
    }

    public static Rectangle Read(ref WireReader reader) => new(reader.U16(), reader.U16(), reader.U16(), reader.U16());
}

/// <summary>Answer to Hello. Width and height are 0 while no picture is known; the secret has 32 bytes.</summary>
public readonly record struct Welcome(int Width, int Height, Rights Rights, byte[] ResumeSecret, string Name)
{
    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Welcome);
        to.U8(1);
        to.U16(Width);
        to.U16(Height);
        to.U8((byte)Rights);
        to.Write(ResumeSecret);
        to.Text(Name);
    }

    public static Welcome Read(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        if (reader.U8() != (byte)ServerMessageType.Welcome || reader.U8() != 1)
        {
            throw new ProtocolException("wire: not a Welcome of version 1");
        }

        var welcome = new Welcome(reader.U16(), reader.U16(), (Rights)reader.U8(), reader.Bytes(Hello.SecretLength).ToArray(), reader.Text());
        reader.End();
        return welcome;
    }
}

/// <summary>The screen's size in pixels, 1 to <see cref="Max"/> each.</summary>
public readonly record struct Size(int Width, int Height)
{
    public const int Max = 8192;

    /// <summary>The least that a browser may want of a screen, each.</summary>
    public const int MinWanted = 200;

    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Size);
        to.U16(Width);
        to.U16(Height);
    }
}

/// <summary>The pointer's shape: RGBA, not premultiplied, at most <see cref="Max"/> pixels a side; 0 x 0 hides it.</summary>
public sealed record Cursor(int Width, int Height, int HotX, int HotY, byte[] Rgba)
{
    public const int Max = 96;

    public static Cursor Hidden { get; } = new(0, 0, 0, 0, []);

    /// <summary>Reads what follows the type's byte, all of it.</summary>
    public static Cursor Read(ref WireReader reader)
    {
        var (width, height, hotX, hotY) = (reader.U16(), reader.U16(), reader.U16(), reader.U16());
        if (width > Max || height > Max || hotX > width || hotY > height)
        {
            throw new ProtocolException($"wire: a pointer of {width} x {height} is out of range");
        }

        var rgba = reader.Bytes(width * height * 4).ToArray();
        reader.End();
        return new Cursor(width, height, hotX, hotY, rgba);
    }

    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Cursor);
        to.U16(Width);
        to.U16(Height);
        to.U16(HotX);
        to.U16(HotY);
        to.Write(Rgba);
    }
}

/// <summary>The answer to Ping, in the order of the stream: behind everything that was sent before.</summary>
public readonly record struct Pong(uint Token)
{
    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Pong);
        to.U32(Token);
    }
}

/// <summary>Words for whoever looks at the desktop, shown over it.</summary>
/// <param name="Seconds">Until what is announced happens, or what the kind says; 0 where nothing does.</param>
public sealed record Notice(NoticeKind Kind, uint Seconds, string Text)
{
    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Notice);
        to.U8((byte)Kind);
        to.U32(Seconds);
        to.Text(Text);
    }
}

/// <summary>The stream ends, and why; the text is for people.</summary>
public readonly record struct Bye(ByeReason Reason, string Text)
{
    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Bye);
        to.U8((byte)Reason);
        to.Text(Text);
    }
}
