using System.CommandLine;
using Vdi.Emulator.Templates;

namespace Vdi.Server.Commands;

/// <summary>vdi template: running machines, saved, from which desktops are forked.</summary>
internal static class TemplateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("image") { Description = "Name of the image" };
        var ifMissing = new Option<bool>("--if-missing") { Description = "Do nothing where the template is there (always so: a template is only made where it is missing)" };
        var build = new Command("build", "Boots an image and saves it once its desktop is still") { name, ifMissing };
        build.SetAction((result, stop) => BuildAsync(result.GetValue(name)!, stop));
        return new Command("template", "Templates") { build };
    }

    private static Task<int> BuildAsync(string image, CancellationToken stop) => CommandFailure.GuardAsync($"Building the template of '{image}'", async () =>
    {
        Template? template = null;
        await CommandProgress.RunAsync($"Template of {image}", async report =>
            template = await CommandServices.Get<TemplateSupply>().GetAsync(image, size: null, new Relay<string>(step => report(step, null)), stop));
        Console.WriteLine($"Template {template!.Key} is ready");
    });
}
