using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Options;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Emulator.Machines;

namespace Vdi.Server.Commands;

/// <summary>vdi audit: whether it is as it was written, and a copy of it for elsewhere.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var checkpoints = new Option<string?>("--checkpoints") { Description = "Folder of checkpoints that were copied elsewhere (default: those of this installation)" };
        var key = new Option<string?>("--key") { Description = "PEM file with the key that signed them: audit.pub beside them, from a time when it could be trusted (default: this installation's own)" };
        var verify = new Command("verify", "Checks every entry of every chain, and what the checkpoints saw; ends with 1 where anything was edited, deleted, moved or cut off") { checkpoints, key };
        verify.SetAction(async (result, stop) =>
        {
            var sound = false;
            var code = await CommandFailure.GuardAsync("Checking the audit", async () => sound = await VerifyAsync(result.GetValue(checkpoints), result.GetValue(key), stop));
            return code == 0 && !sound ? 1 : code;
        });

        var file = new Argument<string?>("file") { Description = "Where it goes (default: the standard output)", Arity = ArgumentArity.ZeroOrOne };
        var export = new Command("export", "Writes all entries, one line of JSON each, chain after chain") { file };
        export.SetAction((result, stop) => CommandFailure.GuardAsync("Exporting the audit", () => ExportAsync(result.GetValue(file), stop)));
        return new Command("audit", "Who did what, for ever") { verify, export };
    }

    private static async Task<bool> VerifyAsync(string? checkpoints, string? key, CancellationToken stop)
    {
        await using var server = CommandServer.Build();
        await using var scope = server.Services.CreateAsyncScope();
        var options = server.Services.GetRequiredService<IOptions<AuditOptions>>().Value;
        var own = Path.Combine(options.Keys!, "audit.key");
        if (checkpoints is not null && !Directory.Exists(checkpoints))
        {
            throw new MachineException($"There is no folder {checkpoints}");
        }

        var verdict = await AuditVerifier.VerifyAsync(scope.ServiceProvider.GetRequiredService<VdiDb>(), checkpoints ?? options.Folder!, key ?? (File.Exists(own) ? own : null), stop);
        foreach (var finding in verdict.Findings)
        {
            await Console.Error.WriteLineAsync(finding.Broker.Length == 0 ? $"{finding.Detail}" : string.Create(CultureInfo.InvariantCulture, $"broker {finding.Broker}, number {finding.Number}: {finding.Detail}"));
        }

        var last = verdict.LastCheckpoint is { } at ? $", the last of {at:u}" : "; without one nobody finds what was cut off the end";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdict.Entries} entries in {verdict.Chains} chains, {verdict.Checkpoints} checkpoints{last}; {verdict.Pending} more are on their way: {(verdict.Findings.Count == 0 ? "all is as it was written" : $"{verdict.Findings.Count} findings")}"));
        return verdict.Findings.Count == 0;
    }

    private static async Task ExportAsync(string? file, CancellationToken stop)
    {
        await using var server = CommandServer.Build();
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        scope.ServiceProvider.GetRequiredService<AuditLog>().Note("audit.export", "audit");
        await db.SaveChangesAsync(stop);
        if (file is null)
        {
            await using var output = Console.OpenStandardOutput();
            await AuditExport.WriteAsync(db, db.Audit, output, stop);
            return;
        }

        await using var to = new FileStream(file, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        await AuditExport.WriteAsync(db, db.Audit, to, stop);
    }
}
