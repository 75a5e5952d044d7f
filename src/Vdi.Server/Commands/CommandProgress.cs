using System.Diagnostics;
using Spectre.Console;

namespace Vdi.Server.Commands;

/// <summary>A bar on a terminal, a line for each step elsewhere.</summary>
internal static class CommandProgress
{
    public static async Task RunAsync(string title, Func<Action<string, double?>, Task> work)
    {
        if (Console.IsOutputRedirected)
        {
            var watch = Stopwatch.StartNew();
            var last = "";
            await work((step, _) =>
            {
                if (step != last)
                {
                    Console.WriteLine($"{watch.Elapsed:mm\\:ss} {title}: {step}");
                    last = step;
                }
            });
            return;
        }

        await AnsiConsole.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new SpinnerColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(Markup.Escape(title), maxValue: 1);
                await work((step, fraction) =>
                {
                    task.Description = Markup.Escape($"{title}: {step}");
                    task.IsIndeterminate = fraction is null;
                    task.Value = fraction ?? 0;
                });
            });
    }
}
