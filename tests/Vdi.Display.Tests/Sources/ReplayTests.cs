using Microsoft.Extensions.Time.Testing;
using Vdi.Display.Recording;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Sources;

public sealed class ReplayTests
{
    [Fact]
    public async Task Trace_says_again_what_was_said_and_when()
    {
        var time = new FakeTimeProvider();
        using var file = new MemoryStream();
        Record(file, time);
        var heard = new Notes();
        var times = new List<TimeSpan>();
        await using var source = new ReplaySource(new MemoryStream(file.ToArray()), time)
        {
            Stays = false,
            Pace = (at, _) =>
            {
                times.Add(at);
                return Task.CompletedTask;
            },
        };
        await source.RunAsync(heard, default);
        Assert.Equal(["40x30", "(3,4 2x1) 01020300 05060700", "flush", "pointer 1x1", "(0,0 40x30)", "flush"], heard.Said);
        Assert.Equal([TimeSpan.Zero, TimeSpan.FromMilliseconds(250)], times);
    }

    [Fact]
    public async Task Garbage_and_truncation_end_in_a_protocol_error()
    {
        using var file = new MemoryStream();
        Record(file, new FakeTimeProvider());
        var (good, random) = (file.ToArray(), new Random(9));
        for (var round = 0; round < 400; round++)
        {
            var bad = good.ToArray();
            if (round % 2 == 0)
            {
                bad = bad[..random.Next(bad.Length)];
            }
            else
            {
                bad[random.Next(bad.Length)] ^= (byte)random.Next(1, 256);
            }

            await using var source = new ReplaySource(new MemoryStream(bad), TimeProvider.System) { Stays = false, Pace = (_, _) => Task.CompletedTask };
            try
            {
                await source.RunAsync(new Notes(), default);
            }
            catch (ProtocolException)
            {
                // As it should.
            }
        }
    }

    private static void Record(Stream file, FakeTimeProvider time)
    {
        using var trace = new TraceWriter(new Kept(file), time);
        trace.Resize(40, 30);
        trace.Update(new(3, 4, 2, 1), [1, 2, 3, 0, 5, 6, 7, 0], 8);
        trace.Flush();
        time.Advance(TimeSpan.FromMilliseconds(250));
        trace.SetCursor(new Cursor(1, 1, 0, 0, [9, 8, 7, 6]));
        trace.Update(new(0, 0, 40, 30), new byte[40 * 30 * 4], 160);
        trace.Flush();
    }

    /// <summary>Stays open when the trace ends.</summary>
    private sealed class Kept(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }

    private sealed class Notes : IDisplaySink
    {
        public List<string> Said { get; } = [];

        public void Resize(int width, int height) => Said.Add($"{width}x{height}");

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride) =>
            Said.Add($"({area.X},{area.Y} {area.Width}x{area.Height})" + (pixels.Length > 8 ? "" : $" {Convert.ToHexStringLower(pixels[..4])} {Convert.ToHexStringLower(pixels[4..])}"));

        public void Flush() => Said.Add("flush");

        public void SetCursor(Cursor cursor) => Said.Add($"pointer {cursor.Width}x{cursor.Height}");
    }
}
