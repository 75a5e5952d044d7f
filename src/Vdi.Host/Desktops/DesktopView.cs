using Vdi.Display;
using Vdi.Display.Viewers;
using Vdi.Protocol;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>One admitted connection: its screen, its viewer, the keys and buttons that it holds down.</summary>
/// <param name="secretHash">Hash of the resume secret that its Welcome bears.</param>
/// <param name="maxClipboard">Bytes that what is copied may be.</param>
internal sealed class DesktopView(Admit admit, Screen screen, string secretHash, int maxClipboard, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A machine that takes no keys any more must not hold up its connection's end.</summary>
    private static readonly TimeSpan ReleaseDeadline = TimeSpan.FromSeconds(5);
    private readonly HashSet<int> _keys = [];
    private readonly Lock _lock = new();
    private readonly ClipboardReceiver _copied = new(maxClipboard);
    private ClientMessage _pointer;
    private bool _streaming;

    public Admit Admit => admit;

    public Screen Screen => screen;

    public Viewer Viewer { get; } = screen.Join();

    public string SecretHash => secretHash;

    public int MaxClipboard => maxClipboard;

    /// <summary>When something was last typed or pointed at; coming counts.</summary>
    public DateTimeOffset Used { get; private set; } = time.GetUtcNow();

    /// <summary>Called once, when the browser shows that Welcome reached it.</summary>
    public Action? Confirmed { get; set; }

    /// <summary>Called once, when the browser shows that it painted a frame.</summary>
    public Action? FirstFrame { get; set; }

    public IAsyncEnumerable<byte[]> ReadAsync(CancellationToken stop)
    {
        if (_streaming)
        {
            throw new ProtocolException("wire: the screen is already being streamed");
        }

        _streaming = true;
        return Viewer.ReadAsync(stop);
    }

    public async Task ReceiveAsync(byte[] batch, CancellationToken stop)
    {
        var messages = ClientMessage.ReadAll(batch);
        Confirmed?.Invoke();
        Confirmed = null;
        foreach (var message in messages)
        {
            switch (message.Type)
            {
                case ClientMessageType.Ack:
                    if (message.Sequence == 0)
                    {
                        throw new ProtocolException("wire: frame 0 was acknowledged, and frames count from 1");
                    }

                    Viewer.Acknowledge(message.Sequence);
                    FirstFrame?.Invoke();
                    FirstFrame = null;
                    break;
                case ClientMessageType.Refresh:
                    Viewer.Refresh();
                    break;
                case ClientMessageType.Quality:
                    Viewer.Prefer((Quality)message.A);
                    break;
                case ClientMessageType.Abilities:
                    Viewer.Able((Abilities)message.A);
                    break;
                case ClientMessageType.Ping:
                    Viewer.Ping(message.Sequence);
                    break;
                case ClientMessageType.WantedSize:
                    if (admit.Rights.HasFlag(Rights.Input))
                    {
                        await screen.SuggestSizeAsync(message.A, message.B, stop);
                    }

                    break;
                case ClientMessageType.ReleaseAll:
                    await ReleaseAllAsync(stop);
                    break;
                default:
                    Used = time.GetUtcNow();
                    if (admit.Rights.HasFlag(Rights.Input))
                    {
                        Track(message);
                        await screen.InputAsync(message, stop);
                    }

                    break;
            }
        }
    }

    /// <summary>Takes a part of what was copied; the whole, once it is there.</summary>
    /// <exception cref="ProtocolException">It is not the part that comes next, or this ticket gives no right to it.</exception>
    public ClipboardContent? TakeCopied(ReadOnlyMemory<byte> message)
    {
        if (!admit.Rights.HasFlag(Rights.ClipboardIn))
        {
            throw new ProtocolException("wire: this ticket does not give the right to copy into the desktop");
        }

        if (message.Length > ClipboardPiece.MostBytes)
        {
            throw new ProtocolException("wire: a part of a clipboard is too long");
        }

        var (whole, tooLarge) = _copied.Take(ClipboardPiece.Read(message, (byte)ClientMessageType.Clipboard));
        if (tooLarge)
        {
            Viewer.Say(MachineClipboards.TooLarge(maxClipboard));
        }

        return whole;
    }

    public async ValueTask DisposeAsync()
    {
        Viewer.Dispose();
        using var limit = new CancellationTokenSource(ReleaseDeadline);
        try
        {
            await ReleaseAllAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // It takes none: its pulse will tell.
        }
    }

    /// <summary>Presses Shift and Insert, which paste wherever the keyboard is.</summary>
    public async Task PressPasteAsync(CancellationToken stop)
    {
        const int LeftShift = 0x2a, Insert = 0xd2;
        foreach (var (down, key) in new[] { (true, LeftShift), (true, Insert), (false, Insert), (false, LeftShift) })
        {
            await screen.InputAsync(ClientMessage.Key(down, key), stop);
        }
    }

    private void Track(ClientMessage message)
    {
        lock (_lock)
        {
            if (message.Type == ClientMessageType.Key)
            {
                _ = message.A == 1 ? _keys.Add(message.B) : _keys.Remove(message.B);
            }
            else if (message.Type is ClientMessageType.Pointer or ClientMessageType.PointerMotion)
            {
                _pointer = message;
            }
        }
    }

    private async Task ReleaseAllAsync(CancellationToken stop)
    {
        var release = new List<ClientMessage>();
        lock (_lock)
        {
            release.AddRange(_keys.Select(key => ClientMessage.Key(false, key)));
            _keys.Clear();
            if (_pointer.C != 0)
            {
                // Where it is, or by no way at all.
                _pointer = _pointer.Type == ClientMessageType.Pointer ? _pointer with { C = 0 } : ClientMessage.PointerMotion(0, 0, 0);
                release.Add(_pointer);
            }
        }

        foreach (var message in release)
        {
            await screen.InputAsync(message, stop);
        }
    }
}
