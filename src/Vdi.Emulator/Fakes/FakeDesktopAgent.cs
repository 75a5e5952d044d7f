using System.Collections.Concurrent;
using Vdi.Protocol.VdAgent;
using Vdi.Protocol.Wire;

namespace Vdi.Emulator.Fakes;

/// <summary>The desktop agent of a machine that does not exist, as a Linux guest has one: it has a clipboard, into which somebody there can copy and out
/// of which somebody there can paste.</summary>
public sealed class FakeDesktopAgent
{
    private const VdAgentCapabilities Can = VdAgentCapabilities.ClipboardByDemand | VdAgentCapabilities.ClipboardSelection;
    private readonly ConcurrentQueue<TaskCompletionSource<ReadOnlyMemory<byte>>> _pasting = new();
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Stream? _line;
    private ReadOnlyMemory<byte> _copied;
    private bool _owns;

    /// <summary>What the host has to paste, newest last.</summary>
    public ConcurrentQueue<VdAgentClipboard> Offered { get; } = new();

    /// <summary>Whether the host had something to paste as what is only marked, too.</summary>
    public bool OffersMarked { get; private set; }

    /// <summary>How often it was asked for what it has copied.</summary>
    public int Asked { get; private set; }

    /// <summary>Completes when the host has said what it can.</summary>
    public Task Met => _met.Task;

    /// <summary>Somebody there copies.</summary>
    public async Task CopyAsync(VdAgentClipboard kind, ReadOnlyMemory<byte> content)
    {
        (_copied, _owns) = (content, true);
        await SendAsync(VdAgentMessages.Grab(Can, kind));
    }

    /// <summary>Somebody there pastes what the host offered.</summary>
    public async Task<ReadOnlyMemory<byte>> PasteAsync(VdAgentClipboard kind, VdAgentSelection selection = VdAgentSelection.Clipboard)
    {
        var answer = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pasting.Enqueue(answer);
        await SendAsync(VdAgentMessages.Request(Can, kind, selection));
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Says whatever it is given.</summary>
    public async Task SendAsync(byte[] bytes)
    {
        await (_line ?? throw new InvalidOperationException("Nobody is connected to the agent")).WriteAsync(bytes);
    }

    internal async Task ServeAsync(Stream line)
    {
        _line = line;
        try
        {
            await using (line)
            {
                await foreach (var message in new VdAgentReader(1 << 25).ReadAsync(line, CancellationToken.None))
                {
                    await HearAsync(message);
                }
            }
        }
        catch (IOException)
        {
            // The host has gone, and comes again.
        }
    }

    private async Task HearAsync(VdAgentMessage message)
    {
        var data = message.Data!.Value;
        switch (message.Type)
        {
            case VdAgentType.AnnounceCapabilities:
                if (VdAgentMessages.ReadAnnouncement(data.Span).Request)
                {
                    await SendAsync(VdAgentMessages.Announce(request: false, Can));
                }

                _met.TrySetResult();
                break;
            case VdAgentType.ClipboardGrab:
                _owns = false;
                if (VdAgentMessages.ReadGrab(data.Span, Can) is [var offered])
                {
                    Offered.Enqueue(offered);
                }
                else
                {
                    OffersMarked = true;
                }

                break;
            case VdAgentType.ClipboardRequest:
                if (!_owns)
                {
                    await SendAsync(VdAgentMessages.Content(Can, VdAgentClipboard.None, []));
                    break;
                }

                Asked++;
                await SendAsync(VdAgentMessages.Content(Can, VdAgentMessages.ReadRequest(data.Span, Can).Kind, _copied.Span));
                break;
            case VdAgentType.Clipboard when _pasting.TryDequeue(out var answer):
                answer.TrySetResult(data[8..]);
                break;
        }
    }
}
