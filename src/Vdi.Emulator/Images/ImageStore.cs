using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Images;

/// <summary>How far a build is: step <paramref name="Step"/> of <paramref name="Steps"/>, its title, percent of it where known.</summary>
public sealed record ImageProgress(int Step, int Steps, string Title, int? Percent);

/// <summary>A version to be: its files are still where they were made, on the store's own file system.</summary>
/// <param name="Layers">Hashes of the layers that its disk lies over, topmost first.</param>
/// <param name="Disk">The file of its topmost layer.</param>
public sealed record ImageDraft(string Name, ImageHardware Hardware, ImageOrigin Origin, string? Parent, string Author, string Notes, string Disk, IReadOnlyList<string> Layers)
{
    /// <summary>Files, where it has a kernel of its own.</summary>
    public (string Kernel, string Initrd)? NewKernel { get; init; }

    /// <summary>Else the hashes of those that its parent has; null where it starts by firmware.</summary>
    public (string Kernel, string Initrd)? KeptKernel { get; init; }

    /// <summary>File of its UEFI's variables; null for those that come with it.</summary>
    public string? Variables { get; init; }

    /// <summary>File of its TPM's state; null for a new one.</summary>
    public string? TpmState { get; init; }

    /// <summary>Hash of the recipe that it was built from; null for others.</summary>
    public string? Recipe { get; init; }
}

/// <summary>Golden images on this computer: a description of each version in images/NAME/VERSION, the content of all of them in one
/// <see cref="BlobStore"/>. A version appears whole or not at all, and is never changed.</summary>
public sealed class ImageStore(StateFolder state, string recipes, TimeProvider time)
{
    private const string Unfinished = ".building-";

    /// <summary>What is told of versions is read anew so often, for other processes make some, too.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private volatile Telling? _told;

    public RecipeBook Recipes { get; } = new(recipes);

    public BlobStore Blobs { get; } = new(state.Images, time);

    /// <summary>How long a build that is stopped may clean up after itself.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    public IReadOnlyList<Image> List() =>
        [.. Directory.EnumerateDirectories(state.Images).Where(folder => !Path.GetFileName(folder).StartsWith('.')).SelectMany(Directory.EnumerateDirectories).Select(TryRead).OfType<Image>()];

    /// <summary>The newest image of that name, or the one of that version; null where there is none.</summary>
    public Image? Find(string name, string? version = null) => List().Where(image => image.Name == name && (version is null || image.Version == version)).MaxBy(image => image.Built);

    /// <summary>Builds an image from its recipe; it appears under its name only when whole.</summary>
    public async Task<Image> BuildAsync(string name, string author, string notes, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        if (!Recipes.Names.Contains(name))
        {
            throw new MachineException($"There is no recipe '{name}'; there are: {string.Join(", ", Recipes.Names)}");
        }

        RemoveUnfinished();
        var folder = NewWorkFolder();
        await using var undo = new UndoStack();
        undo.Push(() =>
        {
            // The recipe keeps a temporary folder of its own beside it: .building-PID-N.tmp.XXXXXX.
            foreach (var left in Directory.EnumerateDirectories(state.Images, Path.GetFileName(folder) + "*"))
            {
                BuildFolder.Remove(left);
            }
        });

        var recipe = Recipes.HashOf(name);
        await RecipeProcess.RunAsync(Recipes.Program, name, folder, Patience, time, progress, stop);
        progress?.Report(new ImageProgress(0, 0, "hash", null));
        return await AddAsync(
            new ImageDraft(name, Recipes.HardwareOf(name), ImageOrigin.Recipe, List().Where(image => image.Name == name && image.Origin == ImageOrigin.Recipe).MaxBy(image => image.Built)?.Version, author, notes, Path.Combine(folder, "disk.qcow2"), [])
            {
                NewKernel = (Path.Combine(folder, "vmlinuz"), Path.Combine(folder, "initrd")),
                Recipe = recipe,
            },
            stop);
    }

    /// <summary>Takes the draft's files into the store and makes a version of them; one that is there already is returned as it is.</summary>
    public async Task<Image> AddAsync(ImageDraft draft, CancellationToken stop)
    {
        async Task<string?> TakeAsync(string? file) => file is null ? null : await Blobs.TakeAsync(file, stop);
        var kernel = draft.NewKernel is { } made ? (await Blobs.TakeAsync(made.Kernel, stop), await Blobs.TakeAsync(made.Initrd, stop)) : draft.KeptKernel;
        var files = new ImageFiles([await Blobs.TakeAsync(draft.Disk, stop), .. draft.Layers], kernel?.Item1, kernel?.Item2, await TakeAsync(draft.Variables), await TakeAsync(draft.TpmState));
        var image = new Image("", draft.Name, Image.VersionOf(draft.Hardware, files), time.GetUtcNow(), draft.Hardware, files, draft.Origin, draft.Parent, draft.Author, draft.Notes, draft.Recipe);
        StateFolder.Make(Path.Combine(state.Images, draft.Name));
        var final = Path.Combine(state.Images, draft.Name, image.Version);
        if (TryRead(final) is { } there)
        {
            return there;
        }

        if (Directory.Exists(final))
        {
            Directory.Delete(final, recursive: true);
        }

        var folder = NewWorkFolder() + ".version";
        StateFolder.Make(folder);
        JsonFile.Write(Path.Combine(folder, Image.FileName), image);
        Directory.Move(folder, final);
        _told = null;
        return image with { Folder = final };
    }

    /// <summary>Deletes a version; its files go with the next collection, where nothing else has them.</summary>
    public void Delete(Image image)
    {
        // First it is no version any more, then its folder goes.
        File.Delete(Path.Combine(image.Folder, Image.FileName));
        _told = null;
        Directory.Delete(image.Folder, recursive: true);
        if (!Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(image.Folder)!).Any())
        {
            Directory.Delete(Path.GetDirectoryName(image.Folder)!);
        }
    }

    /// <summary>What was found of a version when it was tested last; null where it never was.</summary>
    public ImageFindings? FindingsOf(Image image) => JsonFile.TryRead<ImageFindings>(Path.Combine(image.Folder, ImageFindings.FileName));

    public void Note(Image image, ImageFindings findings)
    {
        JsonFile.Write(Path.Combine(image.Folder, ImageFindings.FileName), findings);
        _told = null;
    }

    /// <summary>The versions as hosts tell of them.</summary>
    public IReadOnlyList<HostImage> Describe()
    {
        if (_told is { } told && time.GetUtcNow() - told.At is var age && age >= TimeSpan.Zero && age < Fresh)
        {
            return told.Versions;
        }

        var versions = DescribeNow();
        _told = new Telling(time.GetUtcNow(), versions);
        return versions;
    }

    private List<HostImage> DescribeNow()
    {
        var images = List();
        var uses = images.SelectMany(image => image.Files.All.Distinct()).CountBy(hash => hash).ToDictionary();
        var findings = images.ToDictionary(image => (image.Name, image.Version), FindingsOf);
        return
        [
            .. images.Select(image =>
            {
                var found = findings[(image.Name, image.Version)];
                var before = image.Parent is { } parent ? findings.GetValueOrDefault((image.Name, parent))?.Packages : null;
                var files = image.Files.All.Distinct().ToList();
                return new HostImage(image.Name, image.Version, image.Built, image.Hardware.MemoryMiB, new ImageDetails(
                    image.Hardware,
                    image.Origin,
                    image.Parent,
                    image.Author,
                    image.Notes,
                    files.Sum(Blobs.Length),
                    files.Where(hash => uses[hash] == 1).Sum(Blobs.Length),
                    found?.Test,
                    image.Recipe,
                    before is not null && found?.Packages is { } now ? PackageList.Compare(before, now) : null));
            }),
        ];
    }

    /// <summary>Throws where a file of the image is not as it was taken; it is set aside then, and no version of it is there any more.</summary>
    public async Task DemandWholeAsync(Image image, CancellationToken stop)
    {
        foreach (var hash in image.Files.All.Distinct())
        {
            if (await Blobs.IsWholeAsync(hash, stop))
            {
                continue;
            }

            var aside = Blobs.SetAside(hash);
            foreach (var broken in List().Where(other => other.Files.All.Contains(hash)))
            {
                Delete(broken);
            }

            var again = image.Origin == ImageOrigin.Recipe ? $"build it again with: vdi image build {image.Name}" : "import it again, or go on with another version";
            throw new MachineException($"Image '{image.Name}' {image.Version} is damaged{(aside is null ? ": a file of it is missing" : $" and its broken file was set aside at {aside}")}; {again}");
        }
    }

    /// <summary>Deletes content that no version has and that is not in <paramref name="used"/> (paths of files); returns how many bytes that freed.</summary>
    public long Collect(IEnumerable<string> used)
    {
        RemoveUnfinished();
        return Blobs.Collect(List().SelectMany(image => image.Files.All).Concat(used.Select(path => Path.GetFileName(path))).ToHashSet());
    }

    /// <summary>A folder, not yet made, for files that shall become a version; what is left there by a process that ended is removed.</summary>
    public string NewWorkFolder() => Path.Combine(state.Images, $"{Unfinished}{Environment.ProcessId}-{Guid.NewGuid():N}"[..^20]);

    private void RemoveUnfinished()
    {
        foreach (var folder in Directory.EnumerateDirectories(state.Images, Unfinished + "*"))
        {
            var owner = Path.GetFileName(folder)[Unfinished.Length..].Split('.', '-')[0];
            if (!Directory.Exists($"/proc/{owner}"))
            {
                BuildFolder.Remove(folder);
            }
        }
    }

    private static Image? TryRead(string folder) => JsonFile.TryRead<Image>(Path.Combine(folder, Image.FileName)) is { Hardware: not null, Files.Disk.Count: > 0 } image ? image with { Folder = folder } : null;

    private sealed record Telling(DateTimeOffset At, IReadOnlyList<HostImage> Versions);
}
