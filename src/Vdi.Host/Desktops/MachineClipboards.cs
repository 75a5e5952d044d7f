using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>The clipboards of machines that somebody looks at: connected when the first comes who may use one, let go when the last has left.</summary>
/// <param name="find">A machine that is shown; null where it is not here, or not now.</param>
/// <param name="tell">To the broker.</param>
internal sealed class MachineClipboards(DesktopViews views, Func<Guid, IMachine?> find, Action<FleetMessage> tell, HostOptions options, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private readonly Dictionary<Guid, GuestClipboard> _clipboards = [];
    private readonly Lock _lock = new();

    public void Come(DesktopView view)
    {
        if ((view.Admit.Rights & (Rights.ClipboardIn | Rights.ClipboardOut)) == 0)
        {
            return;
        }

        lock (_lock)
        {
            var machine = view.Admit.Machine;
            if (!_clipboards.TryGetValue(machine, out var clipboard))
            {
                clipboard = _clipboards[machine] = new GuestClipboard(
                    async stop => find(machine) is { } shown ? await shown.OpenDesktopAgentAsync(stop) : throw new MachineException("The machine is not here now"),
                    options.MaxClipboardBytes,
                    time,
                    log)
                {
                    Copied = content => HandOut(machine, content),
                    TooLarge = _ => Say(machine),
                    IsHeard = () => Readers(machine).Any(),
                };
            }

            clipboard.Start();
        }
    }

    public async Task LeaveAsync(DesktopView view)
    {
        GuestClipboard? left;
        lock (_lock)
        {
            left = !views.Of(view.Admit.Machine).Any() && _clipboards.Remove(view.Admit.Machine, out var clipboard) ? clipboard : null;
        }

        if (left is not null)
        {
            await left.DisposeAsync();
        }
    }

    /// <summary>Whoever looks has copied something, and the guest may paste it.</summary>
    public async Task OfferAsync(DesktopView view, ClipboardContent content, CancellationToken stop)
    {
        GuestClipboard? clipboard;
        lock (_lock)
        {
            clipboard = _clipboards.GetValueOrDefault(view.Admit.Machine);
        }

        if (clipboard is not null)
        {
            // What is typed is no more noted than keys are.
            if (content.Kind != ClipboardKind.Typed)
            {
                tell(new ClipboardUsed(view.Admit.Session, ToGuest: true, content.Kind, content.Bytes.Length));
            }

            await clipboard.OfferAsync(content, stop);
            if (content.Kind == ClipboardKind.Typed)
            {
                await view.PressPasteAsync(stop);
                await clipboard.PastedAsync(stop);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<GuestClipboard> all;
        lock (_lock)
        {
            all = [.. _clipboards.Values];
            _clipboards.Clear();
        }

        foreach (var clipboard in all)
        {
            await clipboard.DisposeAsync();
        }
    }

    /// <summary>Those who may have what is copied in the machine.</summary>
    private IEnumerable<DesktopView> Readers(Guid machine) => views.Of(machine).Where(view => view.Admit.Rights.HasFlag(Rights.ClipboardOut));

    private void HandOut(Guid machine, ClipboardContent content)
    {
        foreach (var view in Readers(machine))
        {
            if (content.Bytes.Length > view.MaxClipboard)
            {
                view.Viewer.Say(TooLarge(view.MaxClipboard));
                continue;
            }

            view.Viewer.Give(content);
            if (view.Admit.Head > 0)
            {
                // It went to the same person.
                continue;
            }

            tell(new ClipboardUsed(view.Admit.Session, ToGuest: false, content.Kind, content.Bytes.Length));
        }
    }

    private void Say(Guid machine)
    {
        foreach (var view in Readers(machine))
        {
            view.Viewer.Say(TooLarge(view.MaxClipboard));
        }
    }

    internal static Notice TooLarge(int most) => new(NoticeKind.ClipboardTooLarge, (uint)(most >> 10), "What was copied is too large");
}
