using System.Diagnostics;
using Vdi.Emulator;
using Vdi.Emulator.Images;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Images;

/// <summary>The installed image, with its template, in a state folder of its own: what is published here is none of the installation's business.</summary>
internal sealed class CopiedImage : IDisposable
{
    private readonly TemporaryState _state = new();

    private CopiedImage(string name) => Name = name;

    public string Name { get; }

    public StateFolder Folder => _state.Folder;

    public static async Task<CopiedImage> MakeAsync(StateFolder installed, string name)
    {
        var template = await InstalledImages.TemplateAsync(installed, name);
        var images = new ImageStore(installed, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        var image = images.Find(name)!;
        var copy = new CopiedImage(name);
        try
        {
            Console.Error.WriteLine($"copying the image '{name}'");
            var blobs = Path.GetDirectoryName(images.Blobs.PathOf(image.Files.Disk[0]))!;
            await CopyAsync([.. image.Files.All.Distinct().Select(images.Blobs.PathOf)], Path.Combine(copy.Folder.Images, Path.GetFileName(blobs)));
            await CopyAsync([image.Folder], Path.Combine(copy.Folder.Images, name));
            await CopyAsync([template.Folder], copy.Folder.Templates);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    public void Dispose() => _state.Dispose();

    private static async Task CopyAsync(IReadOnlyList<string> from, string into)
    {
        StateFolder.Make(into);
        using var process = Process.Start("cp", ["-a", "--reflink=auto", "-t", into, .. from]);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new IOException($"{string.Join(", ", from)} could not be copied into {into}");
        }
    }
}
