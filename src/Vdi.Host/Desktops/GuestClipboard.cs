using System.Buffers.Binary;
using System.Text;
using Vdi.Protocol;
using Vdi.Protocol.VdAgent;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>The clipboard between one machine and whoever looks at it, by the agent of its desktop: what is copied there is asked for at once and handed
/// over, what was copied here is given when something is pasted there. The guest is hostile: it is asked for one thing at a time, and what is
/// larger than <paramref name="largest"/> is never held.</summary>
/// <param name="open">A line to the agent; null where the machine has none.</param>
/// <param name="largest">Bytes of content, in either direction.</param>
internal sealed partial class GuestClipboard(Func<CancellationToken, Task<Stream?>> open, int largest, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The agent has told its screen by so much after it knew, at least; the keys that paste have a longer way.</summary>
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(25);

    /// <summary>Keys wait at most so long for a guest to know of what they shall paste.</summary>
    private static readonly TimeSpan Knowing = TimeSpan.FromSeconds(2);

    /// <summary>An agent that takes nothing for so long has hung, and an answer is not waited for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private Stream? _line;
    private VdAgentCapabilities _theirs;
    private ClipboardContent? _ours;
    private TaskCompletionSource? _known;
    private TaskCompletionSource? _pasted;

    /// <summary>Questions under way that are only asked to hear that they were.</summary>
    private int _probes;

    /// <summary>What was asked of the guest and when; a grab that came meanwhile is looked at when that is over.</summary>
    private (VdAgentClipboard Kind, long At)? _asked;
    private VdAgentClipboard? _next;

    /// <summary>The guest has copied something.</summary>
    public Action<ClipboardContent>? Copied { get; init; }

    /// <summary>The guest has copied something of so many bytes, which is too much.</summary>
    public Action<long>? TooLarge { get; init; }

    /// <summary>Whether somebody may be told what the guest copies; else it is not asked for.</summary>
    public Func<bool> IsHeard { get; init; } = () => true;

    public int Largest => largest;

    /// <summary>Connects, and stays so; to be called with everybody who comes.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_running.IsCompleted && !_ending.IsCancellationRequested)
            {
                _running = RunAsync(_ending.Token);
            }
        }
    }

    /// <summary>The guest may paste this. Returns when it most likely knows, so that the keys that paste come after: a grab is answered by nothing, but
    /// who asks the desktop behind it for what it has copied itself hears at once that this is nothing any more.</summary>
    public async Task OfferAsync(ClipboardContent content, CancellationToken stop)
    {
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            (_ours, _known, _pasted) = (content, known, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_line is null || _theirs == VdAgentCapabilities.None)
            {
                // It is offered as soon as there is an agent.
                return;
            }

            _probes++;
        }

        await SendAsync([.. GrabFor(content), .. VdAgentMessages.Request(_theirs, VdAgentClipboard.Text)], stop);
        var began = time.GetTimestamp();
        await Task.WhenAny(known.Task, Task.Delay(Knowing, time, stop));

        // It says so before its screen knows: the slower it is, the longer before.
        var longer = time.GetElapsedTime(began) * 3;
        await Task.Delay(longer < Lead ? Lead : longer > Knowing ? Knowing : longer, time, stop);
    }

    /// <summary>Waits until the guest has taken what was offered last, so that the keys that come next do not overtake it; not for long.</summary>
    public Task PastedAsync(CancellationToken stop) => _pasted is { } pasted ? Task.WhenAny(pasted.Task, Task.Delay(Knowing, time, stop)) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
    }

    private async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await using var line = await open(stop);
                if (line is null)
                {
                    return;
                }

                await TalkAsync(line, stop);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogBroke(e.Message);
            }

            try
            {
                await Task.Delay(Again, time, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task TalkAsync(Stream line, CancellationToken stop)
    {
        lock (_lock)
        {
            (_line, _theirs, _asked, _next, _probes) = (line, VdAgentCapabilities.None, null, null, 0);
        }

        try
        {
            _ = GreetAsync(line, stop);
            await foreach (var message in new VdAgentReader(largest + 64).ReadAsync(line, stop))
            {
                await HearAsync(message, stop);
            }
        }
        finally
        {
            lock (_lock)
            {
                _line = null;
            }
        }
    }

    /// <summary>Says what we can until the agent has said what it can: one that has just lost another peer opens its end anew, and what came before is
    /// lost.</summary>
    private async Task GreetAsync(Stream line, CancellationToken stop)
    {
        try
        {
            for (var i = 0; _line == line && _theirs == VdAgentCapabilities.None; i++)
            {
                await SendAsync(VdAgentMessages.Announce(request: true), stop);
                await Task.Delay(i < 10 ? TimeSpan.FromMilliseconds(500) : Patience, time, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
    }

    private async Task HearAsync(VdAgentMessage message, CancellationToken stop)
    {
        if (message.Data is not { } data)
        {
            if (message.Type == VdAgentType.Clipboard)
            {
                TooLarge?.Invoke(message.Length);
                await AnsweredAsync(stop);
            }

            return;
        }

        switch (message.Type)
        {
            case VdAgentType.AnnounceCapabilities:
                var isNew = _theirs == VdAgentCapabilities.None;
                (var request, _theirs) = VdAgentMessages.ReadAnnouncement(data.Span);
                if (request)
                {
                    await SendAsync(VdAgentMessages.Announce(request: false), stop);
                }

                if ((request || isNew) && Ours is { } ours)
                {
                    // It came when there was no agent yet, or another one.
                    await SendAsync(GrabFor(ours), stop);
                }

                break;
            case VdAgentType.ClipboardGrab when VdAgentMessages.ReadGrab(data.Span, _theirs) is { } kinds:
                lock (_lock)
                {
                    // What is pasted there is its own now.
                    _ours = null;
                }

                await AskAsync(kinds.Contains(VdAgentClipboard.Text) ? VdAgentClipboard.Text : kinds.Contains(VdAgentClipboard.Png) ? VdAgentClipboard.Png : null, stop);
                break;
            case VdAgentType.ClipboardRequest:
                var (wanted, selection) = VdAgentMessages.ReadRequest(data.Span, _theirs);
                await SendAsync(Ours is { } content && KindOf(content.Kind) == wanted && (selection == VdAgentSelection.Clipboard || content.Kind == ClipboardKind.Typed)
                    ? VdAgentMessages.Content(_theirs, wanted, ToGuest(content).Span, selection)
                    : VdAgentMessages.Content(_theirs, VdAgentClipboard.None, [], selection), stop);
                _pasted?.TrySetResult();
                break;
            case VdAgentType.Clipboard when VdAgentMessages.ReadContent(data, _theirs) is var (kind, bytes):
                if (kind == VdAgentClipboard.None && _probes > 0)
                {
                    _probes--;
                    _known?.TrySetResult();
                    break;
                }

                if (_asked?.Kind == kind && FromGuest(kind, bytes) is { } copied)
                {
                    Copied?.Invoke(copied);
                }

                await AnsweredAsync(stop);
                break;
        }
    }

    private ClipboardContent? Ours
    {
        get
        {
            lock (_lock)
            {
                return _ours;
            }
        }
    }

    private async Task AskAsync(VdAgentClipboard? kind, CancellationToken stop)
    {
        if (kind is not { } wanted || !IsHeard())
        {
            return;
        }

        if (_asked is { } asked && time.GetElapsedTime(asked.At) < Patience)
        {
            _next = wanted;
            return;
        }

        _asked = (wanted, time.GetTimestamp());
        await SendAsync(VdAgentMessages.Request(_theirs, wanted), stop);
    }

    private async Task AnsweredAsync(CancellationToken stop)
    {
        // Nobody copies faster; what a guest says meanwhile waits in its line.
        await Task.Delay(Pause, time, stop);
        var next = _next;
        (_asked, _next) = (null, null);
        await AskAsync(next, stop);
    }

    private async Task SendAsync(byte[] message, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            await _writing.WaitAsync(limit.Token);
            try
            {
                if (_line is { } line)
                {
                    await line.WriteAsync(message, limit.Token);
                }
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            // Half a message may be on its way: with this line nothing more can be said.
            LogBroke(e.Message);
            _line?.Dispose();
        }
    }

    private static VdAgentClipboard KindOf(ClipboardKind kind) => kind == ClipboardKind.Png ? VdAgentClipboard.Png : VdAgentClipboard.Text;

    /// <summary>What was typed is to be pasted wherever the keyboard is, in terminals, too.</summary>
    private byte[] GrabFor(ClipboardContent content) => content.Kind == ClipboardKind.Typed && _theirs.HasFlag(VdAgentCapabilities.ClipboardSelection)
        ? [.. VdAgentMessages.Grab(_theirs, KindOf(content.Kind)), .. VdAgentMessages.Grab(_theirs, VdAgentSelection.Primary, KindOf(content.Kind))]
        : VdAgentMessages.Grab(_theirs, KindOf(content.Kind));

    private ReadOnlyMemory<byte> ToGuest(ClipboardContent content) => content.Kind != ClipboardKind.Png && _theirs.HasFlag(VdAgentCapabilities.GuestLineEndCrLf)
        ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content.Bytes.Span).ReplaceLineEndings("\r\n"))
        : content.Bytes;

    /// <summary>What came as what it is said to be; null where it is not.</summary>
    private ClipboardContent? FromGuest(VdAgentClipboard kind, ReadOnlyMemory<byte> bytes)
    {
        if (kind == VdAgentClipboard.Text)
        {
            // Whatever is no UTF-8 becomes a sign that says so; agents of Windows end it with a zero.
            var text = Encoding.UTF8.GetString(bytes.Span).TrimEnd('\0');
            return new ClipboardContent(ClipboardKind.Text, Encoding.UTF8.GetBytes(_theirs.HasFlag(VdAgentCapabilities.GuestLineEndCrLf) ? text.ReplaceLineEndings("\n") : text));
        }

        return bytes.Span.StartsWith(PngSignature) && HasSaneSize(bytes.Span) ? new ClipboardContent(ClipboardKind.Png, bytes) : null;
    }

    /// <summary>Whether a PNG says of itself that it can be held: its header has width and height (PNG, 11.2.2).</summary>
    private static bool HasSaneSize(ReadOnlySpan<byte> png) => png.Length > 33
        && BinaryPrimitives.ReadUInt32BigEndian(png[16..]) is > 0 and <= Size.Max
        && BinaryPrimitives.ReadUInt32BigEndian(png[20..]) is > 0 and <= Size.Max;

    [LoggerMessage(Level = LogLevel.Debug, Message = "The line to a desktop's agent broke: {Why}")]
    private partial void LogBroke(string why);
}
