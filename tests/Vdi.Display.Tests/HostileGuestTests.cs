using System.Net.Sockets;
using System.Threading.Channels;
using Vdi.Display.Tests.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests;

/// <summary>What is measured by the memory of the whole process, or takes much of it: one after the other, and beside nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryCollection
{
    public const string Name = "memory";
}

/// <summary>Guests that speak the protocol and mean harm, for whoever looks: sizes, and damage where no screen is.</summary>
[Collection(MemoryCollection.Name)]
public abstract class HostileGuestTests : IAsyncLifetime
{
    private readonly Channel<ScriptedPeer> _opened = Channel.CreateUnbounded<ScriptedPeer>();
    private readonly List<ScriptedPeer> _guests = [];
    private readonly ListLog<Screen> _log = new();
    private Screen _screen = null!;

    private protected abstract Task<ScriptedPeer> StartAsync();

    public Task InitializeAsync()
    {
        _screen = new Screen(
            async _ =>
            {
                var guest = await StartAsync();
                _guests.Add(guest);
                _opened.Writer.TryWrite(guest);
                return guest.Source;
            },
            TimeProvider.System,
            _log);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _screen.DisposeAsync();
        foreach (var guest in _guests)
        {
            await guest.DisposeAsync();
        }
    }

    [Fact]
    public async Task Guest_that_changes_its_size_in_every_frame_is_followed_to_its_last_and_costs_no_memory()
    {
        var (random, guest) = (new Random(31), await OpenedAsync());
        await using var viewer = new HeadlessViewer(_screen.Join());
        using var over = new CancellationTokenSource();
        await guest.ShowAsync(640, 400, TestPictures.Text);
        var reading = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested && await viewer.NextFrameAsync() is not null)
            {
            }
        });
        var before = 0L;
        for (var frame = 0; frame < 400; frame++)
        {
            // By then pools have what they keep.
            before = frame == 100 ? GC.GetTotalMemory(forceFullCollection: true) : before;
            await guest.ShowAsync(1 + random.Next(1200), 1 + random.Next(800), frame % 2 == 0 ? TestPictures.Text : TestPictures.Noise);
        }

        await guest.ShowAsync(333, 222, TestPictures.Text);
        await BecomesExactAsync(viewer, 333, 222, TestPictures.Text);

        // The pictures of those frames were four times as much.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024 * 1024);
        Assert.Single(_guests);
        await over.CancelAsync();
        await guest.ChangeAsync(new(0, 0, 1, 1), (_, _) => 0x123456);
        await reading;
    }

    [Fact]
    public async Task Screen_of_8K_is_shown_exactly_and_so_is_what_changes_on_it()
    {
        var guest = await OpenedAsync();
        await guest.ShowAsync(7680, 4320, Stripes);
        await using var viewer = new HeadlessViewer(_screen.Join());
        await SeesAsync(viewer, 7680, 4320, Stripes);
        var corner = new Rectangle(7600, 4300, 80, 20);
        await guest.ChangeAsync(corner, TestPictures.Noise);
        await SeesAsync(viewer, 7680, 4320, (x, y) => x >= corner.X && y >= corner.Y ? TestPictures.Noise(x, y) : Stripes(x, y));
        Assert.InRange(viewer.Largest, 1, FrameMessage.MaxMessage);
    }

    [Theory]
    [InlineData(Size.Max + 1, 3)]
    [InlineData(3, Size.Max + 1)]
    public async Task Screen_beyond_the_limit_is_refused_and_the_guest_asked_again(int width, int height)
    {
        await using var viewer = await SeenAsync();
        await TellAsync(_guests[0].ShowAsync(width, height, (_, _) => 0));
        await GoesOnAsync(viewer, "is out of range");
    }

    [Fact]
    public async Task Screen_that_begins_beyond_the_limit_is_refused_and_the_guest_asked_again()
    {
        await TellAsync((await OpenedAsync()).ShowAsync(Size.Max + 1, 1, (_, _) => 0));
        await using var viewer = new HeadlessViewer(_screen.Join());
        await GoesOnAsync(viewer, "is out of range");
    }

    [Theory]
    [InlineData(60, 30, 20, 20)]
    [InlineData(70, 0, 1, 1)]
    [InlineData(0, 40, 1, 1)]
    [InlineData(0, 0, 71, 1)]
    [InlineData(0, 0, 1, 41)]
    [InlineData(65535, 65535, 1, 1)]
    public async Task Damage_outside_of_the_screen_is_refused_and_the_guest_asked_again(int x, int y, int width, int height)
    {
        await using var viewer = await SeenAsync();
        await TellAsync(_guests[0].ChangeAsync(new(x, y, width, height), (_, _) => 0));
        await GoesOnAsync(viewer, "a rectangle lies outside the screen");
    }

    [Fact]
    public async Task Damage_that_was_inside_of_a_larger_screen_is_refused_on_a_smaller_one()
    {
        await using var viewer = await SeenAsync();
        await _guests[0].ShowAsync(50, 20, TestPictures.Text);
        await TellAsync(_guests[0].ChangeAsync(new(40, 10, 20, 20), (_, _) => 0));
        await GoesOnAsync(viewer, "a rectangle lies outside the screen");
    }

    private static uint Stripes(int x, int y) => (uint)((x / 97) ^ (y / 61)) % 5 * 0x332211;

    private async Task<ScriptedPeer> OpenedAsync() => await _opened.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>What a guest says that may be hung up on before it has said it all.</summary>
    private static async Task TellAsync(Task saying)
    {
        try
        {
            await saying;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // The source had heard enough.
        }
    }

    /// <summary>Somebody who sees a screen of 70 x 40.</summary>
    private async Task<HeadlessViewer> SeenAsync()
    {
        await (await OpenedAsync()).ShowAsync(70, 40, TestPictures.Text);
        var viewer = new HeadlessViewer(_screen.Join());
        await SeesAsync(viewer, 70, 40, TestPictures.Text);
        return viewer;
    }

    /// <summary>The guest was left for a reason, and what the next one shows is seen.</summary>
    private async Task GoesOnAsync(HeadlessViewer viewer, string reason)
    {
        var next = _guests.Count > 1 ? _guests[1] : await OpenedAsync();
        await next.ShowAsync(80, 50, TestPictures.Noise);
        await SeesAsync(viewer, 80, 50, TestPictures.Noise);
        Assert.Contains(reason, Assert.IsType<ProtocolException>(Assert.Single(_log.Causes)).Message, StringComparison.Ordinal);
        Assert.Equal(2, _guests.Count);
    }

    private static async Task SeesAsync(HeadlessViewer viewer, int width, int height, Func<int, int, uint> colour)
    {
        var truth = TestPictures.Of(width, height, colour).Pixels;
        do
        {
            Assert.NotNull(await viewer.NextFrameAsync());
        }
        while (!viewer.Picture!.Pixels.AsSpan().SequenceEqual(truth));
    }

    /// <summary>The same while somebody else reads.</summary>
    private static Task BecomesExactAsync(HeadlessViewer viewer, int width, int height, Func<int, int, uint> colour)
    {
        var truth = TestPictures.Of(width, height, colour).Pixels;
        return Eventually.HoldsAsync(() => Task.FromResult(viewer.Picture is { } shown && shown.Width == width && shown.Pixels.AsSpan().SequenceEqual(truth)), "the viewer sees the last size exactly");
    }
}

public sealed class HostileRfbGuestTests : HostileGuestTests
{
    private protected override Task<ScriptedPeer> StartAsync() => Task.FromResult<ScriptedPeer>(new RfbPeer(TimeProvider.System));
}

/// <summary>Pixels from shared memory.</summary>
public sealed class HostileDBusMapGuestTests : HostileGuestTests
{
    private protected override Task<ScriptedPeer> StartAsync() => Task.FromResult<ScriptedPeer>(new DBusPeer(TimeProvider.System, map: true).Start());
}

/// <summary>Pixels as copies.</summary>
public sealed class HostileDBusCopyGuestTests : HostileGuestTests
{
    private protected override Task<ScriptedPeer> StartAsync() => Task.FromResult<ScriptedPeer>(new DBusPeer(TimeProvider.System, map: false).Start());
}
