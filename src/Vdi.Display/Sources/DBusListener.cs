using Microsoft.Win32.SafeHandles;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Sources;

/// <summary>Our org.qemu.Display1.Listener: QEMU calls it with what its screen shows. Its calls for scanouts wait for the answer, all
/// others want none.</summary>
internal sealed class DBusListener(DBusLine line, IDisplaySink sink, TimeProvider time) : IDisposable
{
    /// <summary>Changes that are there already are painted together, but not for ever.</summary>
    private const int MaxTogether = 64;
    private readonly byte[] _row = new byte[Vdi.Protocol.Wire.Size.Max * 4];
    private SharedPicture? _shared;
    private (int Width, int Height) _size;
    private Rectangle _damage;
    private bool _copied;
    private bool _painted;
    private int _together;
    private bool _pointing = true;
    private Cursor _shape = Cursor.Hidden;
    private Cursor _said = Cursor.Hidden;

    public (int Width, int Height) Size => _size;

    /// <summary>How often QEMU showed another picture.</summary>
    public int Scanouts { get; private set; }

    /// <summary>Feeds the sink until <paramref name="stop"/>; throws when the peer leaves or breaks its protocol.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await DBusLine.WithinAsync(time, DBusLine.MessageDeadline, "no first picture", async limit =>
        {
            while (!_painted)
            {
                await StepAsync(limit);
            }
        }, stop);
        while (true)
        {
            await StepAsync(stop);
        }
    }

    public void Dispose() => _shared?.Dispose();

    private async Task StepAsync(CancellationToken stop)
    {
        var message = await line.ReadAsync(stop);
        var descriptor = message.Descriptor;
        try
        {
            if (message.Head.Type == DBusMessageType.MethodCall)
            {
                var answer = Answer(message, ref descriptor);
                if (message.Head.WantsReply)
                {
                    await line.WriteAsync(answer, null, stop);
                }
            }
        }
        finally
        {
            descriptor?.Dispose();
        }

        if (!line.HasMessage || ++_together >= MaxTogether)
        {
            Paint();
        }
    }

    /// <summary>Does what the call wants, and says what to answer. What we do not offer (DMABUF, say) is refused, as an older listener would.</summary>
    private byte[] Answer(DBusReceived message, ref SafeFileHandle? descriptor)
    {
        var (fields, serial) = (message.Fields, message.Head.Serial);
        var body = message.Body.Span;
        switch (fields.Path, fields.Interface, fields.Member, fields.Signature)
        {
            case (Display1.ListenerPath, Display1.Properties, "GetAll", "s"):
                return DBusMessage.Return(line.NextSerial(), serial, Display1.PropertiesSignature, Display1.ListenerProperties(new DBusReader(body).Text()));
            case (Display1.ListenerPath, Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature):
                Take(ScanoutMap.Read(body), ref descriptor);
                break;
            case (Display1.ListenerPath, Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature):
                _ = _shared ?? throw new ProtocolException("dbus: a change of shared memory that is not there");
                _damage = _damage.Union(Inside(UpdateMap.Read(body)));
                break;
            case (Display1.ListenerPath, Display1.Listener, "Scanout", Scanout.Signature):
                Take(Scanout.Read(body));
                break;
            case (Display1.ListenerPath, Display1.Listener, "Update", Update.Signature):
                Take(Update.Read(body));
                break;
            case (Display1.ListenerPath, Display1.Listener, "CursorDefine", CursorDefine.Signature):
                Point(DBusCursor.Of(CursorDefine.Read(body)), _pointing);
                break;
            case (Display1.ListenerPath, Display1.Listener, "MouseSet", MouseSet.Signature):
                Point(_shape, MouseSet.Read(body).On != 0);
                break;
            case (Display1.ListenerPath, Display1.Listener, "Disable", ""):
                Blacken();
                break;
            case (_, Display1.Listener or Display1.ListenerUnixMap, "ScanoutMap" or "UpdateMap" or "Scanout" or "Update" or "CursorDefine" or "MouseSet" or "Disable", _):
                throw new ProtocolException($"dbus: {fields.Member} that is not as it is defined");
            default:
                return DBusMessage.Error(line.NextSerial(), serial, "org.freedesktop.DBus.Error.UnknownMethod");
        }

        return DBusMessage.Return(line.NextSerial(), serial, "", []);
    }

    /// <summary>A scanout is a new size and a new picture; the changes after it are apart.</summary>
    private void Take(ScanoutMap scanout, ref SafeFileHandle? descriptor)
    {
        var memory = descriptor ?? throw new ProtocolException("dbus: a picture without its memory");
        Resize(scanout.Width, scanout.Height);
        descriptor = null;
        _shared = new SharedPicture(memory, scanout);
        _damage = new Rectangle(0, 0, _size.Width, _size.Height);
    }

    private void Take(Scanout scanout)
    {
        Resize(scanout.Width, scanout.Height);
        Copy(new Rectangle(0, 0, _size.Width, _size.Height), scanout.Stride, scanout.Format, scanout.Data);
    }

    private void Take(Update update) => Copy(Inside(update.Area), update.Stride, update.Format, update.Data);

    private void Resize(uint width, uint height)
    {
        if (width is < 1 or > Vdi.Protocol.Wire.Size.Max || height is < 1 or > Vdi.Protocol.Wire.Size.Max)
        {
            throw new ProtocolException($"dbus: a screen of {width} x {height} is out of range");
        }

        Scanouts++;
        _shared?.Dispose();
        (_shared, _damage) = (null, default);
        if (_size != ((int)width, (int)height))
        {
            _size = ((int)width, (int)height);
            sink.Resize(_size.Width, _size.Height);
        }
    }

    private Rectangle Inside(UpdateMap area)
    {
        if (area.X < 0 || area.Y < 0 || area.Width < 0 || area.Height < 0 || area.Width > _size.Width - area.X || area.Height > _size.Height - area.Y)
        {
            throw new ProtocolException("dbus: a rectangle lies outside the screen");
        }

        return area.Width == 0 || area.Height == 0 ? default : new Rectangle(area.X, area.Y, area.Width, area.Height);
    }

    private void Copy(Rectangle area, uint stride, uint format, ReadOnlySpan<byte> pixels)
    {
        var order = PixelOrder.Of(format);
        if (area.IsEmpty)
        {
            return;
        }

        var row = area.Width * 4;
        if (stride < row || ((area.Height - 1L) * stride) + row > pixels.Length)
        {
            throw new ProtocolException("dbus: fewer pixels than the rectangle has");
        }

        for (var y = 0; y < area.Height; y++)
        {
            order.Convert(pixels.Slice(y * (int)stride, row), _row);
            sink.Update(new Rectangle(area.X, area.Y + y, area.Width, 1), _row.AsSpan(0, row), row);
        }

        _copied = true;
    }

    /// <summary>The display was switched off.</summary>
    private void Blacken()
    {
        _shared?.Dispose();
        (_shared, _damage) = (null, default);
        Array.Clear(_row);
        for (var y = 0; y < _size.Height; y++)
        {
            sink.Update(new Rectangle(0, y, _size.Width, 1), _row.AsSpan(0, _size.Width * 4), _size.Width * 4);
        }

        _copied = _size.Height > 0;
    }

    /// <summary>QEMU tells of every place that the pointer comes to, and defines a shape once more when it hides it; viewers hear only
    /// of what looks different.</summary>
    private void Point(Cursor shape, bool visible)
    {
        (_shape, _pointing) = (shape, visible);
        var shown = visible ? shape : Cursor.Hidden;
        if (shown with { Rgba = _said.Rgba } != _said || !shown.Rgba.AsSpan().SequenceEqual(_said.Rgba))
        {
            sink.SetCursor(_said = shown);
        }
    }

    private void Paint()
    {
        _together = 0;
        if (!_damage.IsEmpty)
        {
            _shared!.Read(_damage, sink);
            (_damage, _copied) = (default, true);
        }

        if (_copied)
        {
            sink.Flush();
            (_copied, _painted) = (false, true);
        }
    }
}
