using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Importing;

/// <summary>Our own look at the header of a disk's file, before any tool opens it: whether it is what it is said to be, is whole, stands alone
/// and is of a sane size. A tool would guess the format from the content and follow what a header names, to any file of this computer.</summary>
public static class DiskHeader
{
    /// <summary>What a guest sees of the disk, in bytes; of an installer the length of its file.</summary>
    /// <exception cref="MachineException">When the file is refused; the message says why and what to do.</exception>
    public static long Check(string path, MediumFormat format, DiskLimits limits)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Check(file, format, limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MachineException($"The file cannot be read: {e.Message}", e);
        }
    }

    internal static long Check(Stream stream, MediumFormat format, DiskLimits limits)
    {
        var file = new HeaderFile(stream);
        if (file.Length == 0)
        {
            throw new MachineException("The file is empty: upload it again");
        }

        FileKind.Demand(file, format);
        var bytes = format switch
        {
            MediumFormat.Qcow2 => Qcow2Header.Check(file),
            MediumFormat.Raw => Raw(file),
            MediumFormat.Vmdk => VmdkHeader.Check(file),
            MediumFormat.Vhdx => VhdxHeader.Check(file),
            MediumFormat.Iso => IsoHeader.Check(file),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
        return bytes == 0 ? throw new MachineException("The disk has a size of 0: there is nothing in it")
            : (ulong)bytes > (ulong)limits.MaxBytes ? throw new MachineException($"The disk has {((ulong)bytes + (1UL << 30) - 1) >> 30} GiB, and no more than {limits.MaxBytes >> 30} GiB are taken: make it smaller first")
            : bytes;
    }

    private static long Raw(HeaderFile file) => file.Length % 512 == 0
        ? file.Length
        : throw new MachineException("The file is not whole, or no raw disk: its length is not a number of sectors of 512 bytes. Upload it again, or choose what it is");

    /// <summary>A header says what no program that means well writes.</summary>
    internal static MachineException Absurd(string format, string what) => new($"The file is damaged, or made to harm: its {format} header has {what}. Export the disk once more");
}
