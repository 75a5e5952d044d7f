using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.TestSupport;

/// <summary>A person's disk while they write, with the power cut at any moment: the writes that reached its file are written down under the qcow2 disk, and
/// played again up to a flush, and up to a flush with any half of what came after it, for a disk may write what is not flushed in any order.</summary>
public static class PowerCuts
{
    private const int LogSet = 21;

    /// <param name="machine">Whose guest writes; it is destroyed.</param>
    /// <param name="folder">For the log and the disks that are tried; a gigabyte or two.</param>
    /// <param name="cuts">Flushes at which the power is cut; twice as many disks are tried.</param>
    /// <returns>Disks that were tried, those that could not be read, and files that were said to be on disk and were not.</returns>
    public static async Task<(int Tried, int Unreadable, int Lost)> RunAsync(TestEmulator emulator, Machine machine, string folder, int cuts)
    {
        var (home, homes) = (new MachineHome(Guid.NewGuid(), HomeMode.Folders, 1), emulator.Forker.Homes);
        var (log, before, disk, raw) = (Path.Combine(folder, "log"), Path.Combine(folder, "before"), Path.Combine(folder, "cut.qcow2"), Path.Combine(folder, "cut.raw"));
        List<long> said;
        using (var file = await homes.TakeAsync(home, machine.Id, default))
        {
            File.Copy(HomeStore.DiskIn(homes.FolderOf(home.Home)), before);
            File.Create(log).Dispose();
            using var written = File.OpenHandle(log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            await machine.Qmp.SendToSetAsync(LogSet, written, default);
            await HomeDisk.PlugAsync(machine.Qmp, file, default, node => new JsonObject
            {
                ["driver"] = "blklogwrites",
                ["file"] = node,
                ["log"] = new JsonObject { ["driver"] = "file", ["filename"] = $"/dev/fdset/{LogSet.ToString(CultureInfo.InvariantCulture)}" },
            });
            await machine.BringHomeAsync(home, default);
            said = await WriteAsync(machine, log, cuts + 10);
            await machine.DestroyAsync(default);
        }

        using var writes = new WriteLog(log);
        var (random, unreadable, lost, tried) = (new Random(7), 0, 0, 0);
        var flushes = Enumerable.Range(0, writes.Entries.Count).Where(i => writes.Entries[i].IsFlush).ToList();
        foreach (var flush in Enumerable.Range(1, cuts).Select(i => flushes[(int)((long)(flushes.Count - 1) * i / cuts)]).Distinct())
        {
            var later = writes.Entries.Skip(flush + 1).TakeWhile(entry => !entry.IsFlush).Where(_ => random.Next(2) == 0).ToList();
            foreach (var loose in (IReadOnlyList<WriteLog.Entry>[])[[], later])
            {
                File.Copy(before, disk, overwrite: true);
                using (var target = new FileStream(disk, FileMode.Open, FileAccess.ReadWrite))
                {
                    foreach (var entry in writes.Entries.Take(flush + 1).Concat(loose))
                    {
                        writes.Apply(entry, target);
                    }
                }

                tried++;
                if (await ReadAsync(disk, raw, folder) is not { } found)
                {
                    unreadable++;
                    continue;
                }

                lost += Enumerable.Range(0, said.Count).Count(i => said[i] <= flush + 1 && (!found.TryGetValue($"f{i}", out var content) || content != ContentOf(i)));
            }
        }

        return (tried, unreadable, lost);
    }

    /// <summary>One file after the other, each put on disk by name, beside much that is not. How many entries the log had once each was said to be there.</summary>
    private static async Task<List<long>> WriteAsync(Machine machine, string log, int files)
    {
        var said = new List<long>();
        for (var i = 0; i < files; i++)
        {
            var name = i.ToString(CultureInfo.InvariantCulture);
            var (code, _, errors) = await machine.Agent!.RunAsync(
                "/sbin/runuser",
                ["-u", "user", "--", "sh", "-c", $"cd /home/user/Documents; head -c 300000 /dev/urandom > noise{i % 3}; yes {name} | head -c {Length(i)} > new; sync new; mv new f{name}; sync . f{name}; rm -f noise{(i + 1) % 3}"],
                TimeSpan.FromSeconds(60),
                default);
            if (code != 0)
            {
                throw new InvalidOperationException($"The guest did not write: {errors}");
            }

            said.Add(WriteLog.Count(log));
        }

        return said;
    }

    private static int Length(int i) => 1 + (i * 7919 % 60_000);

    private static string ContentOf(int i) => string.Concat(Enumerable.Repeat($"{i}\n", Length(i)))[..Length(i)];

    /// <summary>The files of the person as they are after what every start does to such a disk; null where it cannot be read.</summary>
    private static async Task<Dictionary<string, string>?> ReadAsync(string disk, string raw, string folder)
    {
        var there = Path.Combine(folder, "there");
        if (Directory.Exists(there))
        {
            Directory.Delete(there, recursive: true);
        }

        Directory.CreateDirectory(there);

        // 3 is for clusters that are counted and not used: room lost, nothing else. e2fsck says 1 where it played the journal.
        if (await RunAsync("qemu-img", "check", "-q", "-f", "qcow2", disk) is not (0 or 3)
            || await RunAsync("qemu-img", "convert", "-q", "-f", "qcow2", "-O", "raw", disk, raw) != 0
            || await RunAsync("/sbin/e2fsck", "-p", raw) > 1
            || await RunAsync("/sbin/e2fsck", "-f", "-n", raw) != 0)
        {
            return null;
        }

        // Before the first file there is no folder to copy.
        await RunAsync("/sbin/debugfs", "-R", $"rdump /home/Documents {there}", raw);
        return Directory.EnumerateFiles(there, "f*", SearchOption.AllDirectories).ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
