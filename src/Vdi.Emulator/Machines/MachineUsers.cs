namespace Vdi.Emulator.Machines;

/// <summary>Users for machines, one each while its QEMU lives; none where this process is not privileged.</summary>
internal sealed class MachineUsers
{
    /// <summary>Nothing else on the computer uses these numbers (Debian policy 9.2.2 leaves them free).</summary>
    private const int First = 61184;
    private const int Count = 4000;
    private readonly Lock _lock = new();
    private readonly HashSet<int> _taken = [];

    public int? Take()
    {
        if (!Confinement.CanDropUser)
        {
            return null;
        }

        lock (_lock)
        {
            for (var uid = First; uid < First + Count; uid++)
            {
                if (_taken.Add(uid))
                {
                    return uid;
                }
            }
        }

        throw new MachineException($"All {Count} machine users are taken; end machines first");
    }

    /// <summary>The user of a machine that an earlier process started.</summary>
    public void TakeAgain(int? uid)
    {
        if (uid is { } taken)
        {
            lock (_lock)
            {
                _taken.Add(taken);
            }
        }
    }

    public void Return(int? uid)
    {
        if (uid is { } taken)
        {
            lock (_lock)
            {
                _taken.Remove(taken);
            }
        }
    }
}
