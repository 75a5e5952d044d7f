using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Homes;
using Vdi.Broker.Images;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>Hears what hosts say, and once a second, or as soon as something happened, takes every step that is due: follows what is, ends what is over,
/// fills pools, hands out machines, and tells the host what shall be. Level-triggered: each pass looks at everything, so a missed event costs a second and
/// nothing else.</summary>
internal sealed partial class PoolReconciler(FleetState fleet, IFleetLink host, IServiceScopeFactory scopes, TimeProvider time, ILogger<PoolReconciler> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(ReceiveAsync(stoppingToken), ReconcileAsync(stoppingToken));

    private async Task ReceiveAsync(CancellationToken stop)
    {
        await foreach (var message in host.ReceiveAsync(stop))
        {
            switch (message)
            {
                case ActualState actual:
                    fleet.Newest = actual;
                    fleet.Wake();
                    break;
                case Admitted admitted:
                    fleet.Answer(admitted.TicketHash, admitted.Refusal);
                    break;
                case AdmittedFile admitted:
                    fleet.Answer(admitted.TicketHash, admitted.Refusal);
                    break;
                case ClipboardUsed used:
                    await GuardAsync(services => services.GetRequiredService<SessionReports>().ApplyAsync(used, stop));
                    break;
                case FileMoved moved:
                    await GuardAsync(services => services.GetRequiredService<SessionReports>().ApplyAsync(moved, stop));
                    break;
                case HomeReport brought:
                    await GuardAsync(services => services.GetRequiredService<SessionReports>().ApplyAsync(brought, stop));
                    break;
                case HomeAnswer answer:
                    fleet.Answer(answer);
                    break;
                case AppsAnswer answer:
                    fleet.Answer(answer);
                    break;
                case SessionReport report:
                    await GuardAsync(services => services.GetRequiredService<SessionReports>().ApplyAsync(report, stop));
                    break;
            }
        }
    }

    private async Task ReconcileAsync(CancellationToken stop)
    {
        while (true)
        {
            await fleet.WaitAsync(Pause, stop);
            if (fleet.Newest is { } actual)
            {
                var began = Stopwatch.GetTimestamp();
                await GuardAsync(services => PassAsync(services, actual, stop));

                // Where everybody launches at once, each wakes it: the more there is to look at, the longer it lets others work.
                await Task.Delay(Stopwatch.GetElapsedTime(began), stop);
            }
        }
    }

    private async Task GuardAsync(Func<IServiceProvider, Task> work)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await work(scope.ServiceProvider);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogPassFailed(e);
        }
    }

    private async Task PassAsync(IServiceProvider services, ActualState actual, CancellationToken stop)
    {
        var db = services.GetRequiredService<VdiDb>();
        await services.GetRequiredService<MachineFollower>().FollowAsync(actual, stop);
        await db.SaveChangesAsync(stop);
        await services.GetRequiredService<HomeService>().ReleaseAsync(actual, stop);
        await services.GetRequiredService<ImageFollower>().FollowAsync(actual, stop);
        await services.GetRequiredService<SessionExpiry>().ExpireAsync(actual, stop);
        await services.GetRequiredService<UnusedDesktops>().SuspendAsync(stop);
        await services.GetRequiredService<PoolFiller>().FillAsync(actual, stop);
        await services.GetRequiredService<ScreenKeeper>().KeepAsync(actual, stop);
        await db.SaveChangesAsync(stop);
        await services.GetRequiredService<SessionService>().AssignQueuedAsync(stop);
        await services.GetRequiredService<SessionService>().FollowWakingAsync(stop);
        await services.GetRequiredService<ImageKeeper>().KeepAsync(actual, stop);

        var pools = await db.Pools.AsNoTracking().ToDictionaryAsync(pool => pool.Id, pool => (Network: pool.Network.Of(pool.Id), pool.Size, App: pool.App?.Machine), stop);
        var desired = await db.Machines.AsNoTracking()
            .Where(machine => machine.State != MachineState.Gone && machine.State != MachineState.Failed && machine.State != MachineState.Recycling)
            .Select(machine => new { machine.Id, machine.Image, machine.Epoch, machine.State, machine.PoolId, machine.ImageVersion })
            .ToListAsync(stop);
        var screens = await services.GetRequiredService<ScreenKeeper>().AddressesAsync(stop);
        var machines = desired.ConvertAll(machine =>
        {
            var (network, size, app) = pools.GetValueOrDefault(machine.PoolId, (PoolNetwork.Isolated(machine.PoolId), MachineSize.OfImage, null));

            // A foreign screen is not lost with its host's memory of it: it is connected to anew.
            return screens.TryGetValue(machine.Id, out var screen)
                ? new DesiredMachine(machine.Id, machine.Image, machine.Epoch, Create: true, network, Screen: screen)
                : new DesiredMachine(machine.Id, machine.Image, machine.Epoch, machine.State == MachineState.Requested, network, machine.ImageVersion, size, machine.State == MachineState.Suspended, App: app);
        });
        await host.SendAsync(await services.GetRequiredService<ImageFollower>().DesireAsync(machines, actual, stop), stop);
        fleet.Passed(time.GetUtcNow());
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A pass of the reconciler failed; the next one tries again")]
    private partial void LogPassFailed(Exception cause);
}
