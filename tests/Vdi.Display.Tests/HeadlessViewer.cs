using Vdi.Display.Framebuffer;
using Vdi.Display.Viewers;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Display.Tests;

/// <summary>Decodes a viewer's messages as a browser does.</summary>
internal sealed class HeadlessViewer(Viewer viewer) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(40));
    private readonly PictureDecoder _decoder = new();
    private IAsyncEnumerator<byte[]>? _messages;

    public Picture? Picture => _decoder.Picture;

    public int Frames => _decoder.Frames;

    /// <summary>Pictures of videos so far.</summary>
    public int VideoPictures => _decoder.VideoPictures;

    /// <summary>Messages of the newest frame.</summary>
    public List<byte[]> Newest { get; private set; } = [];

    public int Largest => _decoder.Largest;

    /// <summary>Whether the newest frame was a complete one.</summary>
    public bool Complete => _decoder.Complete;

    /// <summary>Whether the newest frame said that everything is exact.</summary>
    public bool Exact => _decoder.Exact;

    public Bye? Bye => _decoder.Bye;

    /// <summary>Reads until the next whole frame, or Bye; acknowledges it if asked. Null after Bye.</summary>
    public async Task<uint?> NextFrameAsync(bool acknowledge = true)
    {
        _messages ??= viewer.ReadAsync(_stop.Token).GetAsyncEnumerator(_stop.Token);
        while (await _messages.MoveNextAsync())
        {
            var isFrame = (ServerMessageType)_messages.Current[0] is ServerMessageType.Frame or ServerMessageType.Video;
            Newest = isFrame && (_messages.Current[5] & (byte)FrameFlags.First) != 0 ? [] : Newest;
            if (isFrame)
            {
                Newest.Add(_messages.Current);
            }

            if (_decoder.Accept(_messages.Current) is { } sequence)
            {
                if (acknowledge)
                {
                    viewer.Acknowledge(sequence);
                }

                return sequence;
            }

            if (Bye is not null)
            {
                return null;
            }
        }

        return null;
    }

    public void Acknowledge(uint sequence) => viewer.Acknowledge(sequence);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        viewer.Dispose();
        _decoder.Dispose();
        _stop.Dispose();
    }
}
