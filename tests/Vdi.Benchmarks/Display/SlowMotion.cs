using System.Diagnostics;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display;

/// <summary>Each change is through before the next comes: what it costs until the viewer shows it exactly, or is quiet.</summary>
/// <param name="FirstBytes">Of the first picture.</param>
/// <param name="Bytes">Of all changes after it.</param>
/// <param name="Quality">Over what changed, when it was quiet.</param>
internal sealed record SlowMotion(long FirstBytes, long Bytes, Quality Quality)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static async Task<SlowMotion> MeasureAsync(IProduct product, Sequence sequence, string folder)
    {
        var (player, watcher, errors) = (new Player(product.Show), product.Watcher, new Quality.Errors());
        var (before, first) = (watcher.Bytes, 0L);
        async Task SettledAsync()
        {
            await Settling.WaitAsync(watcher, player, Deadline);
            if (player.Step == 0)
            {
                first = watcher.Bytes;
                return;
            }

            lock (watcher.Lock)
            {
                errors.Add(watcher.Picture!, player.Truth, player.Changed);
            }
        }

        await sequence.PlayAsync(folder, player, step => step == 0 ? Task.CompletedTask : SettledAsync());
        await SettledAsync();
        return new SlowMotion(first - before, watcher.Bytes - first, errors.Quality);
    }
}

/// <summary>The same for our encoder alone, a viewer on an endless line and a second between two changes; what it is sent in that second is decoded and must be exact.</summary>
internal sealed class OurSlowMotion : IDisplaySink, IDisposable
{
    private readonly PictureDecoder _decoder = new();
    private Picture? _picture;
    private SentPicture? _sent;
    private Rectangle _dirty;
    private uint _sequence;

    public List<long> Bytes { get; } = [];

    public List<double> Milliseconds { get; } = [];

    public void Resize(int width, int height)
    {
        (_picture, _sent) = (new Picture(width, height), new SentPicture(width, height));
        _decoder.Start(width, height);
    }

    public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        _picture!.Write(area, pixels, stride);
        _dirty = _dirty.Union(area);
    }

    public void Flush()
    {
        var (began, now, sent) = (Stopwatch.GetTimestamp(), ++_sequence * 1000L, _sent!);
        var messages = Encode(_sequence == 1 ? sent.Complete(_picture!, now, double.MaxValue) : sent.Next(_picture!, _dirty, now, double.MaxValue));
        while (sent.NextRefinement is { } due && due < (_sequence + 1) * 1000L)
        {
            messages.AddRange(Encode(sent.Next(_picture!, default, Math.Max(now, due), double.MaxValue)));
        }

        Milliseconds.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        Bytes.Add(messages.Sum(message => message.Length));
        _dirty = default;
        messages.ForEach(message => _decoder.Accept(message));
        if (!Settling.IsExact(_decoder.Picture, _picture!))
        {
            var at = _picture!.Pixels.AsSpan().CommonPrefixLength(_decoder.Picture!.Pixels) / 4;
            throw new InvalidOperationException($"The viewer's picture is not the screen's: frame {_sequence} at {at % _picture.Width}, {at / _picture.Width}");
        }
    }

    private List<byte[]> Encode(Frame frame) => frame.Messages(_sequence, _sent!.IsExact);

    public void SetCursor(Cursor cursor)
    {
        // Sequences have none.
    }

    public void Dispose()
    {
        _sent?.Dispose();
        _decoder.Dispose();
    }
}
