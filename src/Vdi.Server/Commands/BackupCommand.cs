using System.CommandLine;
using System.Globalization;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Server.Backups;

namespace Vdi.Server.Commands;

/// <summary>vdi backup and vdi restore: everything that cannot be made anew, in one file.</summary>
internal static class BackupCommand
{
    public static Command CreateBackup()
    {
        var file = new Argument<string>("file") { Description = "Where the backup goes: a tar.gz for its owner's eyes only, for it contains the keys" };
        var backup = new Command("backup", "Writes the database, keys, certificates, the audit's checkpoints and the server's options into one file, also while the server runs") { file };
        backup.SetAction((result, stop) => CommandFailure.GuardAsync("The backup", async () =>
        {
            var to = Path.GetFullPath(result.GetValue(file)!);
            await using var server = CommandServer.Build();
            await using var scope = server.Services.CreateAsyncScope();
            var manifest = await ActivatorUtilities.CreateInstance<BackupMaker>(scope.ServiceProvider).MakeAsync(to, stop);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{to} holds {manifest.Files.Count} files, {new FileInfo(to).Length >> 10} KiB"));
            foreach (var image in manifest.Images)
            {
                Console.WriteLine($"by reference only\timage {image.Name}\t{image.Version ?? "not built"}");
            }
        }));
        return backup;
    }

    public static Command CreateRestore()
    {
        var file = new Argument<string>("file") { Description = "A file that vdi backup wrote" };
        var force = new Option<bool>("--force") { Description = "Also where there is a state already, which is kept beside the restored one" };
        var restore = new Command("restore", "Puts a backup in the place of what there is, all of it or nothing, while no server runs") { file, force };
        restore.SetAction((result, stop) => RestoreAsync(result.GetValue(file)!, result.GetValue(force), stop));
        return restore;
    }

    private static async Task<int> RestoreAsync(string file, bool force, CancellationToken stop)
    {
        var state = CommandServices.Get<Emulator.StateFolder>();
        using var alone = ServeCommand.TryTakeAlone(state);
        return alone is null ? 1 : await CommandFailure.GuardAsync("The restore", async () =>
        {
            if (!File.Exists(file))
            {
                throw new MachineException($"There is no file {file}");
            }

            var (manifest, kept) = await CommandServer.RestoreAsync(state, file, force, stop);
            Console.WriteLine($"Restored what was backed up at {manifest.At:u} by version {manifest.Version}");
            if (kept is not null)
            {
                Console.WriteLine($"What was there before is kept in {kept}: it contains keys, delete it when you need it no more");
            }

            var images = CommandServices.Get<ImageStore>();
            foreach (var image in manifest.Images.Where(image => images.Find(image.Name, image.Version) is null))
            {
                await Console.Error.WriteLineAsync($"Image {image.Name}{(image.Version is { } version ? $" {version}" : "")} is not on this computer: bring its folder back to {Path.Combine(state.Images, image.Name)}, or build a new version with: vdi image build {image.Name}");
            }

            if (ServeArguments.Load(state) is { } arguments)
            {
                Console.WriteLine($"The server ran with: vdi {string.Join(' ', arguments)}");
            }
        });
    }
}
