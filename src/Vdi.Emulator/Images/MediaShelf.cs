using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Images;

/// <summary>Installers and drivers that editing machines can have in their drives: a description each, the content in the store's blobs.</summary>
public sealed class MediaShelf(StateFolder state, ImageStore images, TimeProvider time)
{
    private readonly string _folder = Path.Combine(state.Images, ".media");

    public IReadOnlyList<HostMedium> List() => Directory.Exists(_folder)
        ? [.. Directory.EnumerateFiles(_folder, "*.json").Select(JsonFile.TryRead<HostMedium>).OfType<HostMedium>().Where(medium => medium.Hash is { Length: 64 } && images.Blobs.Has(medium.Hash)).OrderBy(medium => medium.Added)]
        : [];

    /// <summary>Takes a file of the store's own file system; one with the same content keeps its first name.</summary>
    public async Task<HostMedium> AddAsync(string file, string name, CancellationToken stop)
    {
        var hash = await images.Blobs.TakeAsync(file, stop);
        if (List().FirstOrDefault(medium => medium.Hash == hash) is { } there)
        {
            return there;
        }

        StateFolder.Make(_folder);
        var added = new HostMedium(hash, name, images.Blobs.Length(hash), time.GetUtcNow());
        JsonFile.Write(Path.Combine(_folder, $"{hash}.json"), added);
        return added;
    }

    /// <summary>Its content goes with the next collection, where no editing machine has it in a drive.</summary>
    public void Delete(string hash) => File.Delete(Path.Combine(_folder, $"{Path.GetFileName(images.Blobs.PathOf(hash))}.json"));
}
