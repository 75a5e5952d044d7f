using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi image import: a disk's file, or an installer's ISO, sent to a server's host and made an image or a medium of.</summary>
internal static class ImageImportVerb
{
    public static ApiVerb Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "The file: qcow2, raw (.img), vmdk, vhdx, or an ISO, which becomes a medium for editing machines" };
        var name = new Option<string>("--name") { Description = "Of the image: lower-case letters, digits, hyphens; of a medium what people read", Required = true };
        var format = new Option<string?>("--format") { Description = "What the file is, where its name does not tell" }.AcceptOnlyFromAmong("qcow2", "raw", "vmdk", "vhdx", "iso");
        var hardware = new ImageHardwareOptions();
        return new ApiVerb(
            "import",
            "Sends a file to the server and makes an image of it; run it again to go on where it was interrupted",
            call => ImportAsync(call, call.Get(file), call.Get(name), call.Get(format), hardware.Read(call)),
            [file, name, format, .. hardware.Options, ImageVerbs.Notes]);
    }

    private static async Task ImportAsync(Call call, FileInfo file, string name, string? format, JsonObject? hardware)
    {
        if (!file.Exists || file.Length == 0)
        {
            throw new ApiException(file.Exists ? $"{file.FullName} is empty." : $"There is no file {JsonText.Printable(file.FullName)}.");
        }

        var upload = "";
        try
        {
            async Task SendAsync(Action<string, double?> report) => upload = await new FileUpload(call, file).SendAsync(report);
            await (call.Json ? SendAsync((_, _) => { }) : CommandProgress.RunAsync(file.Name, SendAsync));
        }
        catch (OperationCanceledException)
        {
            throw new InterruptedException($"{file.Name} was not sent to its end. What has arrived is kept for a week: the same command goes on with it, and 'vdi image uploads --give-up ID' throws it away.");
        }

        var request = new JsonObject { ["upload"] = upload, ["name"] = name, ["format"] = format, ["hardware"] = hardware, ["notes"] = call.Get(ImageVerbs.Notes) };
        var ordered = (await call.Api.PostAsync("/api/images/imports", request, call.Stop)).Body as JsonObject ?? [];
        var job = await ImageJobWait.WaitAsync(call, $"Import of {JsonText.Printable(name)}", ordered);
        call.Say(job, $"{JsonText.Printable(name)} is there: {job["result"].Show()}");
    }
}
