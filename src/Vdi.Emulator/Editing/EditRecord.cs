using System.Text.Json.Serialization;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Editing;

/// <summary>What is written beside an editing machine, so that a later process goes on with it.</summary>
/// <param name="Version">The version that it began from; null for an empty disk.</param>
/// <param name="Base">That version's files: they stay, whatever becomes of it.</param>
/// <param name="Media">Hashes of what is in its drives.</param>
/// <param name="Layers">Names of the files of its own disk layers, topmost first; only the first is written.</param>
/// <param name="At">The checkpoint that it was last at; null for its beginning.</param>
public sealed record EditRecord(Guid Id, string Image, string? Version, ImageHardware Hardware, ImageFiles? Base, IReadOnlyList<string> Media, PoolNetwork Network, IReadOnlyList<string> Layers, IReadOnlyList<SavedCheckpoint> Checkpoints, Guid? At)
{
    private const string FileName = "edit.json";

    /// <summary>Its network card, always the same; null before it first ran.</summary>
    public HeldNic? Nic { get; init; }

    /// <summary>Its guest was generalised, and is only to be shut down and published.</summary>
    public bool Sealed { get; init; }

    /// <summary>The version that was made of it: all that is left to do is to delete it.</summary>
    public string? Published { get; init; }

    /// <summary>Files of images that it needs.</summary>
    [JsonIgnore]
    internal IEnumerable<string> Blobs => (Base?.All ?? []).Concat(Media);

    /// <summary>Null where there is none or it cannot be read.</summary>
    public static EditRecord? TryRead(string folder) =>
        JsonFile.TryRead<EditRecord>(Path.Combine(folder, FileName)) is { Image: not null, Layers: not null, Checkpoints: not null, Media: not null } record ? record : null;

    internal void Write(string folder) => JsonFile.Write(Path.Combine(folder, FileName), this);
}

/// <summary>A machine as it was, memory and disk, in a folder of its name.</summary>
/// <param name="After">The checkpoint that it came from.</param>
/// <param name="Layers">Its disk layers, topmost first; nobody writes them any more.</param>
/// <param name="Accelerator">Of the QEMU that saved it.</param>
/// <param name="Qemu">Build of that QEMU: another may not understand what it saved.</param>
/// <param name="Bytes">Disk that its memory takes.</param>
/// <param name="Heads">Monitors that it may have; those of before it was noted have one.</param>
public sealed record SavedCheckpoint(Guid Id, string Name, DateTimeOffset Taken, Guid? After, IReadOnlyList<string> Layers, string Accelerator, string Qemu, long Bytes, int Heads = 1);
