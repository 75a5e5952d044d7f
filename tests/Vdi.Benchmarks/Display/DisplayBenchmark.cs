using System.Diagnostics;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display;

/// <summary>deploy/bench display: bytes and processor time of the display path for the sequences, in slow motion: each change is
/// exact before the next.</summary>
internal static class DisplayBenchmark
{
    /// <summary>Where sequences are kept between runs.</summary>
    public static string Folder => Environment.GetEnvironmentVariable("VDI_SEQUENCES") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "artifacts", "sequences");

    public static async Task<List<Figure>> RunAsync()
    {
        var folder = await SequenceStudio.MakeAsync(Folder);
        var figures = new List<Figure>();
        foreach (var sequence in Sequence.All)
        {
            var run = new SlowMotion();
            await sequence.PlayAsync(folder, run, _ => Task.CompletedTask);
            figures.Add(new Figure($"first.{sequence.Name}", "KiB", [run.Bytes[0] / 1024.0]));
            figures.Add(new Figure($"bytes.{sequence.Name}", "KiB", [run.Bytes.Skip(1).Sum() / 1024.0]));
            figures.Add(new Figure($"encode.{sequence.Name}", "ms", [.. run.Milliseconds.Skip(1)]));
        }

        return figures;
    }

    /// <summary>A viewer on an endless line, a second between two changes; what it is sent is decoded and compared.</summary>
    private sealed class SlowMotion : IDisplaySink
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
            var began = Stopwatch.GetTimestamp();
            var now = ++_sequence * 1000L;
            var frame = _sequence == 1
                ? _sent!.Complete(_picture!, _sequence, now, double.MaxValue)
                : _sent!.Next(_picture!, _dirty, _sequence, now, double.MaxValue);
            Milliseconds.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            Bytes.Add(frame.Sum(message => message.Length));
            _dirty = default;
            frame.ForEach(message => _decoder.Accept(message));
            if (!_picture!.Pixels.AsSpan().SequenceEqual(_decoder.Picture!.Pixels))
            {
                var at = _picture.Pixels.AsSpan().CommonPrefixLength(_decoder.Picture.Pixels) / 4;
                throw new InvalidOperationException($"The viewer's picture is not the screen's: frame {_sequence} at {at % _picture.Width}, {at / _picture.Width}");
            }
        }

        public void SetCursor(Cursor cursor)
        {
            // Sequences have none.
        }
    }
}
