using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display.Sources;
using Vdi.Display.Tests.Sources;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests;

/// <summary>Fault 21 for whoever looks: sources that break, always and in every way.</summary>
public sealed class HostileSourceTests
{
    [Fact]
    public async Task Screen_over_sources_that_always_speak_garbage_fails_with_a_reason()
    {
        var random = new Random(21);
        var opened = 0;
        await using var screen = new Screen(
            async _ =>
            {
                opened++;
                var (mine, theirs) = UnixSocket.Pair();
                var session = RfbScript.Session();
                session[random.Next(20, session.Length)] ^= 0xFF;
                await theirs.SendAsync(session);
                theirs.Dispose();
                return new RfbSource(mine, TimeProvider.System);
            },
            TimeProvider.System,
            NullLogger.Instance);
        using var viewer = screen.Join();
        var reason = await screen.Failed.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.StartsWith("rfb: ", reason, StringComparison.Ordinal);
        Assert.Equal(5, opened);

        // Nobody who looked or typed is harmed by it.
        await screen.InputAsync(ClientMessage.Key(true, 0x1e), default);
        viewer.Refresh();
    }

    [Fact]
    public async Task Screen_whose_sources_cannot_even_be_opened_fails_with_a_reason()
    {
        await using var screen = new Screen(_ => throw new IOException("the display is gone"), TimeProvider.System, NullLogger.Instance);
        Assert.Equal("the display is gone", await screen.Failed.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal((0, 0), screen.Size);
    }

    [Fact]
    public async Task Source_that_is_disposed_lets_go_of_everybody_who_waits_to_type()
    {
        // A peer that stopped reading: one is stuck writing, and others wait for their turn, for ever if nobody wakes them.
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            var (source, sink) = (new RfbSource(mine, TimeProvider.System), new StrictSink());
            await theirs.SendAsync((byte[])[.. RfbScript.Start(40, 30), .. RfbScript.Update(0)]);
            _ = source.RunAsync(sink, default).ContinueWith(_ => { }, TaskScheduler.Default);
            await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0), "the screen is there");
            var writing = Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 10_000; i++)
                {
                    await source.PointerAsync(i, i, 0, default);
                }
            })).ToList();
            await Task.Delay(500);
            Assert.Contains(writing, task => !task.IsCompleted);
            await source.DisposeAsync();
            await Task.WhenAll(writing).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(10));
            Assert.All(writing, task => Assert.True(task.IsFaulted || task.IsCompletedSuccessfully));
        }
    }
}
