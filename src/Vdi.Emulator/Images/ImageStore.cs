using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Images;

/// <summary>How far a build is: step <paramref name="Step"/> of <paramref name="Steps"/>, its title, percent of it where known.</summary>
public sealed record ImageProgress(int Step, int Steps, string Title, int? Percent);

/// <summary>Golden images on this computer: images/NAME/VERSION, built from recipes, never changed once there.</summary>
public sealed class ImageStore(StateFolder state, string recipes, TimeProvider time)
{
    private const string Unfinished = ".building-";
    private const string Damaged = ".damaged-";

    /// <summary>How long a build that is stopped may clean up after itself.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    public IReadOnlyList<Image> List() =>
        [.. Directory.EnumerateDirectories(state.Images).Where(folder => !Path.GetFileName(folder).StartsWith('.')).SelectMany(Directory.EnumerateDirectories).Select(TryRead).OfType<Image>()];

    /// <summary>The newest image of that name, or the one of that version; null where there is none.</summary>
    public Image? Find(string name, string? version = null) => List().Where(image => image.Name == name && (version is null || image.Version == version)).MaxBy(image => image.Built);

    public IReadOnlyList<string> Recipes() =>
        Directory.Exists(recipes) ? [.. Directory.EnumerateDirectories(recipes).Where(folder => File.Exists(Path.Combine(folder, "packages"))).Select(folder => Path.GetFileName(folder)).Where(name => name != "common").Order()] : [];

    /// <summary>Builds an image from its recipe; it appears under its name only when whole.</summary>
    public async Task<Image> BuildAsync(string name, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        if (!Recipes().Contains(name))
        {
            throw new MachineException($"There is no recipe '{name}'; there are: {string.Join(", ", Recipes())}");
        }

        RemoveUnfinished();
        var folder = Path.Combine(state.Images, $"{Unfinished}{Environment.ProcessId}");
        await using var undo = new UndoStack();
        undo.Push(() =>
        {
            // The recipe keeps a temporary folder of its own beside it: .building-PID.tmp.XXXXXX.
            foreach (var left in Directory.EnumerateDirectories(state.Images, Path.GetFileName(folder) + "*"))
            {
                BuildFolder.Remove(left);
            }
        });

        await RecipeProcess.RunAsync(Path.Combine(recipes, "build"), name, folder, Patience, time, progress, stop);
        progress?.Report(new ImageProgress(0, 0, "hash", null));
        var version = await HashAsync(folder, stop);
        var settings = RecipeSettings.Read(Path.Combine(recipes, name, "recipe"));
        var image = new Image(folder, name, version, time.GetUtcNow(), settings.MemoryMiB, settings.Cpus);
        await File.WriteAllBytesAsync(Path.Combine(folder, Image.FileName), JsonSerializer.SerializeToUtf8Bytes(image), stop);
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            FileOwner.Seal(file);
        }

        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        StateFolder.Make(Path.Combine(state.Images, name));
        var final = Path.Combine(state.Images, name, version);
        if (!Directory.Exists(final))
        {
            Directory.Move(folder, final);
        }

        return image with { Folder = final };
    }

    /// <summary>Throws where the image's files are not those that were built; it is set aside then.</summary>
    internal async Task DemandWholeAsync(Image image, CancellationToken stop)
    {
        if (await TryHashAsync(image.Folder, stop) == image.Version)
        {
            return;
        }

        var aside = Path.Combine(state.Images, $"{Damaged}{image.Name}-{image.Version}");
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true);
        }

        Directory.Move(image.Folder, aside);
        throw new MachineException($"Image '{image.Name}' {image.Version} is damaged and was set aside at {aside}; build it again with: vdi image build {image.Name}");
    }

    private static async Task<string?> TryHashAsync(string folder, CancellationToken stop)
    {
        try
        {
            return await HashAsync(folder, stop);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void RemoveUnfinished()
    {
        foreach (var folder in Directory.EnumerateDirectories(state.Images, Unfinished + "*"))
        {
            var owner = Path.GetFileName(folder)[Unfinished.Length..].Split('.')[0];
            if (!Directory.Exists($"/proc/{owner}"))
            {
                BuildFolder.Remove(folder);
            }
        }
    }

    private static async Task<string> HashAsync(string folder, CancellationToken stop)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in (string[])["vmlinuz", "initrd", "disk.qcow2"])
        {
            await using var file = File.OpenRead(Path.Combine(folder, name));
            all.AppendData(await SHA256.HashDataAsync(file, stop));
        }

        return Convert.ToHexStringLower(all.GetHashAndReset())[..16];
    }

    private static Image? TryRead(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<Image>(File.ReadAllBytes(Path.Combine(folder, Image.FileName))) is { } image ? image with { Folder = folder } : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The shell-style assignments of a recipe that the machine needs.</summary>
    private sealed record RecipeSettings(int MemoryMiB, int Cpus)
    {
        public static RecipeSettings Read(string path)
        {
            var values = File.ReadLines(path).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
            return new RecipeSettings(Number(values, "MEMORY_MIB", 1024), Number(values, "CPUS", 1));
        }

        private static int Number(Dictionary<string, string> values, string name, int otherwise) =>
            values.TryGetValue(name, out var text) && int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
    }
}
