using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>A file that somebody uploaded, of which its reader wants a few pieces: each is checked against the file's length and against a
/// bound before anything is allocated for it.</summary>
internal sealed class HeaderFile(Stream file)
{
    /// <summary>More than any piece of a header that is looked at.</summary>
    private const int MaxPiece = 1 << 20;

    public long Length { get; } = file.Length;

    /// <summary><paramref name="length"/> bytes at <paramref name="offset"/>.</summary>
    /// <exception cref="MachineException">When the file ends before.</exception>
    public byte[] Read(long offset, int length)
    {
        if (offset < 0 || length < 0 || length > MaxPiece || offset > Length - length)
        {
            throw Truncated();
        }

        var bytes = new byte[length];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The first bytes, or fewer where the file has no more.</summary>
    public byte[] Head(int length) => Read(0, (int)Math.Min(length, Length));

    /// <exception cref="MachineException">When <paramref name="length"/> bytes at <paramref name="offset"/> are not all in the file.</exception>
    public void Demand(long offset, long length)
    {
        if (offset < 0 || length < 0 || length > Length || offset > Length - length)
        {
            throw Truncated();
        }
    }

    private static MachineException Truncated() => new("The file is not whole: it ends before what its own header says is in it. Upload it again, and compare its length with the original's");
}
