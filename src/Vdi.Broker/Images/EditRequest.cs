using Vdi.Broker.Api;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>A machine with an empty disk, to install something in.</summary>
internal sealed record NewDisk(HardwareRequest? Hardware = null, int? DiskGiB = null);

/// <summary>An editing machine to be made.</summary>
/// <param name="Version">That it begins from; null for the newest.</param>
/// <param name="New">An empty disk instead of a version.</param>
/// <param name="Media">Hashes of what is in its drives.</param>
/// <param name="Isolated">Whether it reaches nothing; else it has the internet, as for updates and installers.</param>
internal sealed record EditRequest(string? Image, string? Version = null, NewDisk? New = null, IReadOnlyList<string>? Media = null, bool Isolated = false)
{
    private const int UsualDiskGiB = 40;

    public int DiskGiB => New?.DiskGiB ?? UsualDiskGiB;

    /// <summary>Everything that is wrong with it.</summary>
    public Faults Check(HostWorkshop workshop)
    {
        var faults = new Faults();
        faults.DemandImage("image", Image);
        if (New is not null && Version is not null)
        {
            faults.Add("version", "version-or-new", "An editing machine begins from a version or from an empty disk: give 'version' or 'new', not both.");
        }

        New?.Hardware?.Check(faults, "new.hardware");
        faults.DemandRange("new.diskGiB", New?.DiskGiB, 1, ImageHardware.MaxDiskGiB);
        if (Media is { Count: > ImageEdit.MaxMedia })
        {
            faults.Add("media", "too-many", $"An editing machine has {ImageEdit.MaxMedia} drives, and these are {Media.Count} media: leave some away.", ("count", Media.Count), ("most", ImageEdit.MaxMedia));
        }

        foreach (var (medium, i) in (Media ?? []).Select((medium, i) => (medium, i)))
        {
            if (workshop.Media.All(known => known.Hash != medium))
            {
                faults.Add($"media[{i}]", "unknown-medium", $"The host has no medium '{medium}': import its ISO first.", ("value", medium));
            }
            else if (Media!.Take(i).Contains(medium))
            {
                faults.Add($"media[{i}]", "given-twice", "A medium is in one drive only: name it once.", ("name", medium));
            }
        }

        return faults;
    }
}
