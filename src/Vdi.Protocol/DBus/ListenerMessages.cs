namespace Vdi.Protocol.DBus;

/// <summary>Listener.Unix.Map.ScanoutMap: the picture lies in the shared memory that comes with it. Bytes, pixels, pixman's format code.</summary>
public readonly record struct ScanoutMap(uint Offset, uint Width, uint Height, uint Stride, uint Format)
{
    public const string Signature = "huuuuu";

    public static ScanoutMap Read(ReadOnlySpan<byte> body)
    {
        var reader = new DBusReader(body);
        var handle = reader.U32();
        var message = new ScanoutMap(reader.U32(), reader.U32(), reader.U32(), reader.U32(), reader.U32());
        reader.End();
        return handle == 0 ? message : throw new ProtocolException("dbus: a descriptor that did not come");
    }

    public byte[] Write() => new DBusWriter().U32(0).U32(Offset).U32(Width).U32(Height).U32(Stride).U32(Format).Written.ToArray();
}

/// <summary>Listener.Unix.Map.UpdateMap: what changed in the shared memory, in pixels.</summary>
public readonly record struct UpdateMap(int X, int Y, int Width, int Height)
{
    public const string Signature = "iiii";

    public static UpdateMap Read(ReadOnlySpan<byte> body)
    {
        var reader = new DBusReader(body);
        var message = new UpdateMap(reader.I32(), reader.I32(), reader.I32(), reader.I32());
        reader.End();
        return message;
    }

    public byte[] Write() => new DBusWriter().I32(X).I32(Y).I32(Width).I32(Height).Written.ToArray();
}

/// <summary>Listener.Scanout: a new picture, as a copy.</summary>
public readonly ref struct Scanout(uint width, uint height, uint stride, uint format, ReadOnlySpan<byte> data)
{
    public const string Signature = "uuuuay";

    public uint Width { get; } = width;

    public uint Height { get; } = height;

    /// <summary>Bytes a row.</summary>
    public uint Stride { get; } = stride;

    /// <summary>Pixman's format code.</summary>
    public uint Format { get; } = format;

    public ReadOnlySpan<byte> Data { get; } = data;

    public static Scanout Read(ReadOnlySpan<byte> body)
    {
        var reader = new DBusReader(body);
        var message = new Scanout(reader.U32(), reader.U32(), reader.U32(), reader.U32(), reader.Bytes());
        reader.End();
        return message;
    }

    public byte[] Write() => new DBusWriter().U32(Width).U32(Height).U32(Stride).U32(Format).Bytes(Data).Written.ToArray();
}

/// <summary>Listener.Update: what changed, as a copy.</summary>
public readonly ref struct Update(UpdateMap area, uint stride, uint format, ReadOnlySpan<byte> data)
{
    public const string Signature = "iiiiuuay";

    public UpdateMap Area { get; } = area;

    /// <summary>Bytes a row of the copy.</summary>
    public uint Stride { get; } = stride;

    /// <summary>Pixman's format code.</summary>
    public uint Format { get; } = format;

    public ReadOnlySpan<byte> Data { get; } = data;

    public static Update Read(ReadOnlySpan<byte> body)
    {
        var reader = new DBusReader(body);
        var area = new UpdateMap(reader.I32(), reader.I32(), reader.I32(), reader.I32());
        var message = new Update(area, reader.U32(), reader.U32(), reader.Bytes());
        reader.End();
        return message;
    }

    public byte[] Write() => new DBusWriter().Raw(Area.Write()).U32(Stride).U32(Format).Bytes(Data).Written.ToArray();
}

/// <summary>Listener.MouseSet: where the guest has the pointer, and whether it shows it.</summary>
public readonly record struct MouseSet(int X, int Y, int On)
{
    public const string Signature = "iii";

    public static MouseSet Read(ReadOnlySpan<byte> body)
    {
        var reader = new DBusReader(body);
        var message = new MouseSet(reader.I32(), reader.I32(), reader.I32());
        reader.End();
        return message;
    }

    public byte[] Write() => new DBusWriter().I32(X).I32(Y).I32(On).Written.ToArray();
}

/// <summary>Listener.CursorDefine: the pointer's shape, 0xAARRGGBB a pixel.</summary>
public readonly ref struct CursorDefine(int width, int height, int hotX, int hotY, ReadOnlySpan<byte> data)
{
    public const string Signature = "iiiiay";

    /// <summary>Widest and highest taken, in pixels.</summary>
    public const int Max = 512;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public int HotX { get; } = hotX;

    public int HotY { get; } = hotY;

    /// <summary>Rows without gaps: always as many bytes as the shape has.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    public static CursorDefine Read(ReadOnlySpan<byte> body)
    {
        var reader = new DBusReader(body);
        var message = new CursorDefine(reader.I32(), reader.I32(), reader.I32(), reader.I32(), reader.Bytes());
        reader.End();
        if (message.Width is < 0 or > Max || message.Height is < 0 or > Max || message.Data.Length != message.Width * message.Height * 4)
        {
            throw new ProtocolException("dbus: the pointer's shape is out of range");
        }

        return message;
    }

    public byte[] Write() => new DBusWriter().I32(Width).I32(Height).I32(HotX).I32(HotY).Bytes(Data).Written.ToArray();
}
