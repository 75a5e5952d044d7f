using System.Diagnostics;
using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Recording;

/// <summary>One change of a trace on its way to a viewer.</summary>
/// <param name="At">When it was written down.</param>
/// <param name="Bytes">Of the messages of its frame.</param>
/// <param name="Milliseconds">That encoding took.</param>
public readonly record struct TracedFrame(TimeSpan At, long Bytes, double Milliseconds);

/// <summary>Encodes a trace for a viewer whose line takes so many bytes a second and who sees every change: what a screen costs,
/// without machine and browser.</summary>
public sealed class TraceMeter(double bytesPerSecond) : IDisplaySink, IDisposable
{
    private readonly List<TracedFrame> _frames = [];
    private Picture? _picture;
    private SentPicture? _sent;
    private Rectangle _dirty;
    private TimeSpan _at;
    private uint _sequence;
    private bool _complete;

    public IReadOnlyList<TracedFrame> Frames => _frames;

    /// <summary>Whether the viewer decodes videos.</summary>
    public bool Videos { get; init; }

    /// <summary>Hears the messages of each frame, for whoever decodes them.</summary>
    public Action<IReadOnlyList<byte[]>>? Sent { get; init; }

    /// <summary>Encodes a whole trace.</summary>
    public async Task RunAsync(Stream trace, CancellationToken stop)
    {
        await using var source = new ReplaySource(trace, TimeProvider.System)
        {
            Stays = false,
            Pace = (at, token) =>
            {
                _at = at;
                return Task.CompletedTask;
            },
        };
        await source.RunAsync(this, stop);
    }

    public void Resize(int width, int height)
    {
        _sent?.Dispose();
        (_picture, _sent, _dirty, _complete) = (new Picture(width, height), new SentPicture(width, height) { Videos = Videos && VideoCodec.IsInstalled }, default, true);
    }

    public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        Drawn().Write(area, pixels, stride);
        _dirty = _dirty.Union(area);
    }

    public void Flush()
    {
        var picture = Drawn();
        var (began, now, budget) = (Stopwatch.GetTimestamp(), (long)_at.TotalMilliseconds, bytesPerSecond / 10);
        var frame = _complete ? _sent!.Complete(picture, now, budget) : _sent!.Next(picture, _dirty, now, budget);
        var messages = frame.Messages(_sequence + 1, _sent.IsExact && frame.Left.IsEmpty);
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        (_dirty, _complete) = (frame.Left, false);
        if (messages.Count > 0)
        {
            _sequence++;
        }

        Sent?.Invoke(messages);
        _frames.Add(new TracedFrame(_at, messages.Sum(message => (long)message.Length), took));
    }

    public void SetCursor(Cursor cursor)
    {
        // Costs its shape, once.
    }

    public void Dispose() => _sent?.Dispose();

    private Picture Drawn() => _picture ?? throw new ProtocolException("trace: a change came before the size");
}
