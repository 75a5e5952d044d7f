namespace Vdi.Emulator.Machines;

/// <summary>Files of the person at a machine: into their downloads, and out of the folder that they hand files over in. The guest is hostile: what it
/// says is bounded, and names are nothing but bytes.</summary>
public interface IGuestFiles
{
    /// <summary>What the folder whose files may be fetched is called in the guest.</summary>
    const string SharedName = "To my computer";

    /// <summary>Bytes that are written or read at once, at most.</summary>
    const int Piece = 512 * 1024;

    /// <summary>Begins a file under a name of its own, which nobody sees.</summary>
    /// <exception cref="GuestFilesException">The guest cannot.</exception>
    Task BeginAsync(Guid file, CancellationToken stop);

    /// <summary>Writes a piece at its place; the same piece may be written again.</summary>
    /// <exception cref="GuestFilesException">The guest cannot, or has no room.</exception>
    Task WriteAsync(Guid file, long offset, ReadOnlyMemory<byte> piece, CancellationToken stop);

    /// <summary>Gives the whole file its name in the person's downloads, or a similar one where that is taken.</summary>
    /// <returns>The name that it got.</returns>
    /// <exception cref="GuestFilesException">The guest cannot.</exception>
    Task<string> FinishAsync(Guid file, string name, CancellationToken stop);

    /// <summary>Deletes what was begun; nothing happens where there is nothing.</summary>
    Task DropAsync(Guid file, CancellationToken stop);

    /// <summary>What may be fetched, by name; more than <paramref name="most"/> are not listed.</summary>
    /// <exception cref="GuestFilesException">The guest cannot.</exception>
    Task<IReadOnlyList<SharedFile>> ListAsync(int most, CancellationToken stop);

    /// <summary>How large a file is that may be fetched; null where it is not there.</summary>
    /// <param name="name">As it was listed.</param>
    Task<long?> SizeAsync(ReadOnlyMemory<byte> name, CancellationToken stop);

    /// <summary>A piece of it: what is there from <paramref name="offset"/> on, at most <see cref="Piece"/> bytes.</summary>
    /// <exception cref="GuestFilesException">It cannot be read any more.</exception>
    Task<ReadOnlyMemory<byte>> ReadAsync(ReadOnlyMemory<byte> name, long offset, CancellationToken stop);
}

/// <param name="Name">The bytes of its name, whatever they are; no slash among them.</param>
public sealed record SharedFile(ReadOnlyMemory<byte> Name, long Bytes);

/// <summary>Why a guest does not take or give files.</summary>
public enum GuestFilesFault
{
    /// <summary>The guest failed, and says how.</summary>
    Failed,

    /// <summary>Its disk is full, or the person's share of it.</summary>
    NoRoom,

    /// <summary>Nobody has a folder there that files could go to.</summary>
    Nobody,
}

/// <summary>A guest did not take or give a file.</summary>
public sealed class GuestFilesException(GuestFilesFault fault, string message) : Exception(message)
{
    public GuestFilesFault Fault => fault;
}
