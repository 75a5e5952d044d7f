using System.Net.Sockets;
using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Host.Traces;

/// <summary>Machines that show a recorded screen and do nothing else, so that all that is between a machine and a browser is what it always is.</summary>
/// <param name="loops">Whether they begin again at the end; else the last picture stays.</param>
public sealed class ReplayHypervisor(string file, bool loops) : IHypervisor
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Accelerator> AcceleratorAsync { get; } = Task.FromResult(new Accelerator("trace", "its machine is a recording"));

    public IReadOnlyList<HostImage> Images => [new HostImage(file, "1", DateTimeOffset.UnixEpoch)];

    public string? Shortage => null;

    /// <summary>Somebody looks: until then the screens wait, so that nothing of them is missed.</summary>
    public void Begin() => _begun.TrySetResult();

    public Task<IReadOnlyList<IMachine>> AdoptAsync(CancellationToken stop) => Task.FromResult<IReadOnlyList<IMachine>>([]);

    public Task PrepareAsync(ImageRef image, MachineSize? size, MachineApp? app, IProgress<string>? progress, CancellationToken stop) => Task.CompletedTask;

    public Task ApplyNetworksAsync(IReadOnlyList<PoolNetwork> networks, CancellationToken stop) => Task.CompletedTask;

    public Task<IMachine> ForkAsync(ForkRequest request, CancellationToken stop) => Task.FromResult<IMachine>(new ReplayMachine(request, this));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Sends the file as fast as the other end takes it, which is at the pace at which it was recorded.</summary>
    private async Task PlayAsync(Socket line)
    {
        try
        {
            await using var stream = new NetworkStream(line, ownsSocket: true);
            await using (var trace = File.OpenRead(file))
            {
                await trace.CopyToAsync(stream);
            }

            if (!loops)
            {
                // Nothing more is said, and the line stays: the other end closes it, or this process ends.
                _ = await stream.ReadAsync(new byte[1]);
            }
        }
        catch (IOException)
        {
            // The screen left.
        }
    }

    private sealed class ReplayMachine(ForkRequest request, ReplayHypervisor hypervisor) : IMachine
    {
        public Guid Id => request.Machine;

        public long Epoch => request.Epoch;

        public string? ImageVersion => request.Image.Version;

        public ForkTimes Times { get; } = new(0, 0, 0, 0);

        public string Handle => "trace";

        public bool IsAlive => true;

        public Task<string> Failed { get; } = new TaskCompletionSource<string>().Task;

        public string? Trouble => null;

        public Task SettleAsync(IProgress<string>? progress, TimeSpan deadline, CancellationToken stop) => Task.CompletedTask;

        public async Task<DisplayLine> OpenDisplayAsync(CancellationToken stop)
        {
            await hypervisor._begun.Task.WaitAsync(stop);
            var (mine, theirs) = UnixSocket.Pair();
            _ = hypervisor.PlayAsync(theirs);
            return new DisplayLine(DisplayProtocol.Trace, mine);
        }

        public void YieldToOthers(bool yield) { }

        public Task DestroyAsync(CancellationToken stop) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
