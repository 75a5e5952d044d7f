using System.CommandLine;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Emulator;

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
        var images = CommandServices.Get<ImageStore>();
        Template? template = null;
        await CommandProgress.RunAsync($"Template of {image}", async report =>
        {
            if (images.Find(image) is { } untested && images.FindingsOf(untested) is not { Test.Passed: true })
            {
                // The template that the test makes is the one that is wanted.
                var test = await CommandServices.Get<ImageTester>().TestAsync(untested, script: null, new Relay<WorkProgress>(step => report(step.Step, step.Fraction)), stop);
                if (test.Steps.FirstOrDefault(step => step.Passed == false) is { } failed)
                {
                    throw new MachineException($"Version {untested.Version} of '{image}' did not pass its test ({failed.Name}): {failed.Words}");
                }
            }

            template = await CommandServices.Get<TemplateSupply>().GetAsync(image, size: null, app: null, new Relay<string>(step => report(step, null)), stop);
        });
        Console.WriteLine($"Template {template!.Key} is ready");
    });
}
