using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Host.Tests.Desktops;

/// <summary>Fake machines with a listener on the line to their screens: keys and buttons as the guest would get them.</summary>
internal sealed class TappedHypervisor(FakeComputer computer) : IHypervisor
{
    private readonly FakeHypervisor _inner = new(computer, TimeProvider.System);

    /// <summary>Keys that went down or up, in order.</summary>
    public ConcurrentQueue<(bool Down, int Qnum)> Keys { get; } = new();

    /// <summary>Button masks of RFB, in order.</summary>
    public ConcurrentQueue<int> Buttons { get; } = new();

    /// <summary>Where the pointer was last.</summary>
    public (int X, int Y) Place { get; private set; }

    /// <summary>Monitors of each machine.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>So many times a machine's end fails before it succeeds.</summary>
    public int FailingDestroys { get; set; }

    /// <summary>Machines whose screens say nothing but nonsense.</summary>
    public ConcurrentDictionary<Guid, byte> Hostile { get; } = new();

    /// <summary>Holds up what an earlier process left behind.</summary>
    public Task Adopting { get; set; } = Task.CompletedTask;

    public Task<Accelerator> AcceleratorAsync => _inner.AcceleratorAsync;

    public IReadOnlyList<HostImage> Images => _inner.Images;

    public string? Shortage => _inner.Shortage;

    public async Task<IReadOnlyList<IMachine>> AdoptAsync(CancellationToken stop)
    {
        await Adopting.WaitAsync(stop);
        return [.. (await _inner.AdoptAsync(stop)).Select(machine => new TappedMachine(machine, this))];
    }

    public IReadOnlyList<ISuspendedMachine> FindSuspended() => _inner.FindSuspended();

    public Task PrepareAsync(ImageRef image, MachineSize? size, MachineApp? app, IProgress<string>? progress, CancellationToken stop) => _inner.PrepareAsync(image, size, app, progress, stop);

    public Task ApplyNetworksAsync(IReadOnlyList<PoolNetwork> networks, CancellationToken stop) => _inner.ApplyNetworksAsync(networks, stop);

    public async Task<IMachine> ForkAsync(ForkRequest request, CancellationToken stop) => new TappedMachine(await _inner.ForkAsync(request, stop), this);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private Socket Tap(Socket screen)
    {
        var (theirs, mine) = UnixSocket.Pair();
        _ = Task.WhenAll(PumpAsync(screen, mine), ListenAsync(mine, screen));
        return theirs;
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One of them left.
        }

        from.Dispose();
        to.Dispose();
    }

    private async Task ListenAsync(Socket from, Socket to)
    {
        try
        {
            await using var viewer = new NetworkStream(from);
            await using var screen = new NetworkStream(to);
            var bytes = new byte[64];
            await PassAsync(12);
            await PassAsync(1);
            await PassAsync(1);
            while (true)
            {
                await viewer.ReadExactlyAsync(bytes.AsMemory(0, 1));
                await screen.WriteAsync(bytes.AsMemory(0, 1));
                switch (bytes[0])
                {
                    case 2:
                        await PassAsync(3);
                        await PassAsync(4 * BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(1)));
                        break;
                    case 5:
                        await PassAsync(5);
                        Place = (BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(1)), BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(3)));
                        Buttons.Enqueue(bytes[0]);
                        break;
                    case 255:
                        await PassAsync(11);
                        Keys.Enqueue((bytes[2] == 1, bytes[10]));
                        break;
                    case var type:
                        await PassAsync(type == 0 ? 19 : 9);
                        break;
                }
            }

            async Task PassAsync(int count)
            {
                await viewer.ReadExactlyAsync(bytes.AsMemory(0, count));
                await screen.WriteAsync(bytes.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    }

    private sealed class TappedMachine(IMachine inner, TappedHypervisor hypervisor) : IMachine
    {
        public Guid Id => inner.Id;

        public long Epoch => inner.Epoch;

        public string? ImageVersion => inner.ImageVersion;

        public ForkTimes Times => inner.Times;

        public string Handle => inner.Handle;

        public bool IsAlive => inner.IsAlive;

        public Task<string> Failed => inner.Failed;

        public string? Trouble => inner.Trouble;

        public int Heads => hypervisor.Heads;

        public Task SettleAsync(IProgress<string>? progress, TimeSpan deadline, CancellationToken stop) => inner.SettleAsync(progress, deadline, stop);

        public async Task<DisplayLine> OpenDisplayAsync(CancellationToken stop)
        {
            if (!hypervisor.Hostile.ContainsKey(Id))
            {
                var line = await inner.OpenDisplayAsync(stop);
                return line with { Socket = hypervisor.Tap(line.Socket) };
            }

            var (mine, theirs) = UnixSocket.Pair();
            await theirs.SendAsync(System.Security.Cryptography.RandomNumberGenerator.GetBytes(10_000), stop);
            theirs.Dispose();
            return new DisplayLine(DisplayProtocol.Rfb, mine);
        }

        public Task<Stream?> OpenDesktopAgentAsync(CancellationToken stop) => inner.OpenDesktopAgentAsync(stop);

        public Task GiveToAsync(PersonSettings person, CancellationToken stop) => inner.GiveToAsync(person, stop);

        public IGuestFiles? Files => inner.Files;

        public void YieldToOthers(bool yield) => inner.YieldToOthers(yield);

        public Task DestroyAsync(CancellationToken stop) => hypervisor.FailingDestroys-- > 0
            ? Task.FromException(new IOException("the folder could not be deleted"))
            : inner.DestroyAsync(stop);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
