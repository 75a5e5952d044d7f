using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Homes;

/// <summary>What is written beside a person's disk. Its snapshots are known from here: the disk's own table of them could be anybody's.</summary>
/// <param name="Machine">The machine that may write it, until it is given back.</param>
/// <param name="Done">The last thing that was done with it by order.</param>
internal sealed record HomeRecord(Guid Id, int GiB, Guid? Machine, IReadOnlyList<HomeSnapshot> Snapshots, Guid? Done)
{
    private const string FileName = "home.json";

    /// <summary>Null where there is none or it cannot be read.</summary>
    public static HomeRecord? TryRead(string folder) => JsonFile.TryRead<HomeRecord>(Path.Combine(folder, FileName)) is { Snapshots: not null } record ? record : null;

    public void Write(string folder) => JsonFile.Write(Path.Combine(folder, FileName), this);
}
