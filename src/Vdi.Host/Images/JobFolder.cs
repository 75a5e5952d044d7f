using Vdi.Emulator;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Images;

/// <summary>Outcomes of work that is over, kept until the broker has heard them: work is done once, whoever restarts in between.</summary>
internal sealed class JobFolder(StateFolder state)
{
    private readonly string _folder = Path.Combine(state.Root, "jobs");

    public void Keep(ImageJob job)
    {
        StateFolder.Make(_folder);
        JsonFile.Write(PathOf(job.Id), job);
    }

    public void Forget(Guid id) => File.Delete(PathOf(id));

    public IReadOnlyList<ImageJob> All() => Directory.Exists(_folder) ? [.. Directory.EnumerateFiles(_folder, "*.json").Select(JsonFile.TryRead<ImageJob>).OfType<ImageJob>()] : [];

    private string PathOf(Guid id) => Path.Combine(_folder, $"{id:N}.json");
}
