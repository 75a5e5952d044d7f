using System.Buffers.Binary;
using System.Net.Sockets;

namespace Vdi.Emulator.Fakes;

/// <summary>The smallest RFB 3.8 server (RFC 6143) that a screen source can talk to: one colour, another one after every key,
/// a square that follows the pointer, and a film that the key V starts and stops.</summary>
internal sealed class FakeScreen
{
    private const int Width = 640;
    private const int Height = 400;
    private const int Square = 16;
    private readonly Lock _lock = new();
    private readonly List<Socket> _open = [];
    private readonly byte[] _colour;
    private (int X, int Y) _pointer = (Width / 2, Height / 2);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeFilm _film = new();
    private bool _closed;

    public FakeScreen(Guid machine) => _colour = [.. machine.ToByteArray().Take(3)];

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Disconnect();
        }
    }

    /// <summary>Ends every connection; the picture stays as it is for those who come later.</summary>
    public void Disconnect()
    {
        lock (_lock)
        {
            _film.Running = false;
            _open.ForEach(socket => socket.Dispose());
            _open.Clear();
        }
    }

    public async Task ServeAsync(Socket socket)
    {
        lock (_lock)
        {
            if (_closed)
            {
                socket.Dispose();
                return;
            }

            _open.Add(socket);
        }

        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await ShakeHandsAsync(stream);
            await AnswerAsync(stream);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The viewer left, or the machine ended.
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(socket);
            }
        }
    }

    private static async Task ShakeHandsAsync(NetworkStream stream)
    {
        await stream.WriteAsync("RFB 003.008\n"u8.ToArray());
        var bytes = new byte[16];
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 12));
        await stream.WriteAsync(new byte[] { 1, 1 });
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 1));
        await stream.WriteAsync(new byte[4]);
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 1));
        var init = new byte[24];
        BinaryPrimitives.WriteUInt16BigEndian(init, Width);
        BinaryPrimitives.WriteUInt16BigEndian(init.AsSpan(2), Height);
        byte[] format = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0];
        format.CopyTo(init, 4);
        await stream.WriteAsync(init);
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var bytes = new byte[64];
        var shown = new byte[0];
        var asked = false;
        var reading = ReadTypeAsync(stream, bytes);
        while (true)
        {
            var changed = Changed();
            if (asked && Paint() is var picture && !picture.AsSpan().SequenceEqual(shown))
            {
                await SendAsync(stream, picture);
                (shown, asked) = (picture, false);
            }

            if (await Task.WhenAny(reading, changed) != reading)
            {
                continue;
            }

            switch (await reading)
            {
                case 0:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 19));
                    break;
                case 2:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 3));
                    for (var left = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(1)); left > 0; left--)
                    {
                        await stream.ReadExactlyAsync(bytes.AsMemory(0, 4));
                    }

                    break;
                case 3:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 9));
                    asked = true;
                    shown = bytes[0] == 0 ? [] : shown;
                    break;
                case 5:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 5));
                    Move(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(1)), BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(3)));
                    break;
                case 255:
                    await stream.ReadExactlyAsync(bytes.AsMemory(0, 11));
                    if (bytes[2] == 1)
                    {
                        Press(bytes[10]);
                    }

                    break;
                default:
                    return;
            }

            reading = ReadTypeAsync(stream, bytes);
        }
    }

    private static async Task<byte> ReadTypeAsync(NetworkStream stream, byte[] bytes)
    {
        await stream.ReadExactlyAsync(bytes.AsMemory(0, 1));
        return bytes[0];
    }

    private static async Task SendAsync(NetworkStream stream, byte[] picture)
    {
        var head = new byte[16];
        head[3] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(8), Width);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(10), Height);
        await stream.WriteAsync(head);
        await stream.WriteAsync(picture);
    }

    private Task Changed()
    {
        lock (_lock)
        {
            return _changed.Task;
        }
    }

    private void Press(byte key)
    {
        if (key != FakeFilm.Key)
        {
            Change(() => _colour[key % 3] += 37);
            return;
        }

        lock (_lock)
        {
            _film.Running = !_film.Running && !_closed;
            if (_film.Running)
            {
                _ = RunFilmAsync();
            }
        }
    }

    private async Task RunFilmAsync()
    {
        using var beat = new PeriodicTimer(FakeFilm.Every);
        while (_film.Running && await beat.WaitForNextTickAsync())
        {
            Change(_film.Next);
        }
    }

    private void Move(int x, int y) => Change(() => _pointer = (Math.Min(x, Width - Square), Math.Min(y, Height - Square)));

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private byte[] Paint()
    {
        var picture = new byte[Width * Height * 4];
        lock (_lock)
        {
            for (var i = 0; i < picture.Length; i += 4)
            {
                var (x, y) = (i / 4 % Width, i / 4 / Width);
                var inside = x >= _pointer.X && x < _pointer.X + Square && y >= _pointer.Y && y < _pointer.Y + Square;
                (picture[i], picture[i + 1], picture[i + 2]) = inside ? ((byte)255, (byte)255, (byte)255) : (_colour[0], _colour[1], _colour[2]);
            }

            _film.Paint(picture, Width);
        }

        return picture;
    }
}
