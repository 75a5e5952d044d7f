using Vdi.Emulator;

namespace Vdi.TestSupport;

/// <summary>A state folder of its own, deleted afterwards.</summary>
public sealed class TemporaryState(string? parent = null) : IDisposable
{
    public StateFolder Folder { get; } = new(Path.Combine(parent ?? Path.GetTempPath(), $"vdi-{Guid.NewGuid().ToString("N")[..8]}"));

    /// <summary>Puts a folder of another state in the place of an empty one of this.</summary>
    public void Borrow(string mine, string theirs)
    {
        Directory.Delete(mine);
        Directory.CreateSymbolicLink(mine, theirs);
    }

    public void Dispose() => Directory.Delete(Folder.Root, recursive: true);
}
