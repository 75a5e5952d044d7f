using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>Waits for work that a verb has ordered, and shows how far it is. Whoever interrupts the verb cancels the work.</summary>
internal static class ImageJobWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    /// <summary>How long an interrupted verb waits for its work to stop.</summary>
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(30);

    public static Option<bool> NoWait { get; } = new("--no-wait") { Description = "Does not wait until it is done: vdi image jobs shows how far it is" };

    /// <summary>Waits, unless that is not wanted, and says what came of it.</summary>
    /// <param name="title">Before each step: "Image desktop".</param>
    /// <param name="done">What to say, of the job as it is then.</param>
    public static async Task ReportAsync(Call call, string title, ApiAnswer ordered, Func<JsonObject, string> done)
    {
        var job = ordered.Body as JsonObject ?? [];
        if (call.Get(NoWait))
        {
            call.Say(job, $"Job {job["id"].Show()} is ordered");
            return;
        }

        job = await WaitAsync(call, title, job);
        call.Say(job, done(job));
    }

    /// <summary>The job as it is when it is done.</summary>
    /// <exception cref="ApiException">It failed, or somebody cancelled it; the message says why.</exception>
    public static async Task<JsonObject> WaitAsync(Call call, string title, JsonObject job)
    {
        var path = $"/api/images/jobs/{job["id"].Text()}";
        var over = job;
        async Task FollowAsync(Action<string, double?> report)
        {
            while (over["ended"] is null)
            {
                report(JsonText.Printable(over["step"].Show()), over["fraction"]?.GetValue<double>());
                await Task.Delay(Pause, call.Stop);
                over = (await call.Api.GetAsync(path, call.Stop)).Body as JsonObject ?? [];
            }
        }

        try
        {
            await (call.Json ? FollowAsync((_, _) => { }) : CommandProgress.RunAsync(title, FollowAsync));
        }
        catch (OperationCanceledException)
        {
            throw new InterruptedException(await CancelAsync(call, path)
                ? $"{title} was cancelled; nothing of it is left."
                : $"{title} is being cancelled, which takes a while: vdi image jobs shows when it is over.");
        }

        return over["state"].Text() == "done" ? over : throw new ApiException($"{title} {(over["state"].Text() == "cancelled" ? "was cancelled" : "failed")}: {JsonText.Printable(over["step"].Show())}");
    }

    /// <summary>Whether it has stopped.</summary>
    private static async Task<bool> CancelAsync(Call call, string path)
    {
        using var patience = new CancellationTokenSource(StopsWithin);
        try
        {
            var job = (await call.Api.PostAsync($"{path}/cancel", null, patience.Token)).Body;
            while (job?["ended"] is null)
            {
                await Task.Delay(Pause, patience.Token);
                job = (await call.Api.GetAsync(path, patience.Token)).Body;
            }

            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ApiException)
        {
            return false;
        }
    }
}
