using System.Diagnostics;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Images;

/// <summary>Tries a version before any pool gets it: it is started, its agent is asked, its screen looked at, and a machine forked from it, in which a
/// script of the administrator may look further. The template that this makes is the one that pools fork from.</summary>
public sealed class ImageTester(ImageStore images, TemplateSupply supply, Forker forker, TimeProvider time)
{
    private static readonly TimeSpan AgentDeadline = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ScriptDeadline = TimeSpan.FromMinutes(10);

    /// <summary>What came out, which is kept beside the version.</summary>
    /// <param name="script">For /bin/sh, or PowerShell in Windows; null for none.</param>
    /// <exception cref="ShortageException">Memory or disk is short, which says nothing of the version: try again later.</exception>
    public async Task<ImageTest> TestAsync(Image image, string? script, IProgress<WorkProgress>? progress, CancellationToken stop)
    {
        var run = new TestRun(image.Hardware.Agent, progress);
        IReadOnlyDictionary<string, string>? packages = null;
        try
        {
            var template = await supply.GetAsync(new ImageRef(image.Name, image.Version), size: null, app: null, run, stop);
            run.Report(TemplateStep.Prove);
            await using var machine = await forker.ForkAsync(template, Guid.NewGuid(), 0, PoolNetwork.Isolated("test"), stop);
            try
            {
                await machine.SettleAsync(null, AgentDeadline, stop);
                run.Begin(ImageTestStep.Script);
                if (machine.Agent is { } agent)
                {
                    packages = image.Hardware.System == GuestSystem.Linux ? await PackageList.ReadAsync(agent, stop) : null;
                    if (script is not null)
                    {
                        await CheckAsync(agent, image.Hardware.System, script, stop);
                    }
                }
                else if (script is not null)
                {
                    throw new MachineException("A check script needs a guest agent, which this image has not");
                }
            }
            finally
            {
                await machine.DestroyAsync(CancellationToken.None);
            }

            run.End(hasScript: script is not null);
        }
        catch (MachineException e) when (e is not ShortageException && images.Find(image.Name, image.Version) is not null)
        {
            run.Fail(e.Message);
        }

        var test = new ImageTest(run.Passed, time.GetUtcNow(), run.Steps);
        images.Note(image, new ImageFindings(test, packages ?? images.FindingsOf(image)?.Packages));
        return test;
    }

    private static async Task CheckAsync(GuestAgentClient agent, GuestSystem system, string script, CancellationToken stop)
    {
        var (code, output, errors) = system == GuestSystem.Windows
            ? await agent.RunAsync("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script], ScriptDeadline, stop)
            : await agent.RunAsync("/bin/sh", ["-c", script], ScriptDeadline, stop);
        if (code != 0)
        {
            throw new MachineException($"It ended with {code}: {PeerText.Tail((errors.Trim().Length > 0 ? errors : output).Trim())}");
        }
    }

    /// <summary>Follows the making of a template, and times what of it is a step of the test.</summary>
    private sealed class TestRun(bool hasAgent, IProgress<WorkProgress>? progress) : IProgress<string>
    {
        private static readonly string[] Order = [ImageTestStep.Boots, ImageTestStep.Agent, ImageTestStep.Painted, ImageTestStep.Forks, ImageTestStep.Script];
        private readonly Dictionary<string, ImageTestStep> _steps = Order.ToDictionary(name => name, name => new ImageTestStep(name, null, null, null));
        private readonly Dictionary<string, long> _began = [];
        private string? _now;

        public IReadOnlyList<ImageTestStep> Steps => [.. Order.Select(name => _steps[name])];

        public bool Passed { get; private set; }

        public void Report(string value)
        {
            progress?.Report(new WorkProgress(value, null));
            if (value == TemplateStep.Start)
            {
                Begin(ImageTestStep.Boots);
            }
            else if (value == TemplateStep.Agent)
            {
                // That it started is known when it answers.
                _now = ImageTestStep.Agent;
                _began[ImageTestStep.Agent] = _began.GetValueOrDefault(ImageTestStep.Boots, Stopwatch.GetTimestamp());
            }
            else if (value is TemplateStep.Desktop or TemplateStep.Still)
            {
                Begin(ImageTestStep.Painted);
            }
            else if (value is TemplateStep.Save or TemplateStep.Prove)
            {
                Begin(ImageTestStep.Forks);
            }
        }

        /// <summary>What came before has passed.</summary>
        public void Begin(string name)
        {
            if (_now == name)
            {
                return;
            }

            foreach (var before in Order.TakeWhile(before => before != name).Where(before => _steps[before].Passed is null))
            {
                var without = before == ImageTestStep.Agent && !hasAgent;
                double? seconds = _began.TryGetValue(before, out var began) ? Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 1) : null;
                _steps[before] = _steps[before] with { Passed = without ? null : true, Seconds = seconds, Words = without ? "it has none" : seconds is null ? "as its template was made" : null };
            }

            _now = name;
            _began[name] = Stopwatch.GetTimestamp();
        }

        public void Fail(string words)
        {
            var name = _now ?? ImageTestStep.Boots;
            _steps[name] = _steps[name] with { Passed = false, Seconds = _began.TryGetValue(name, out var began) ? Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 1) : null, Words = words };
        }

        public void End(bool hasScript)
        {
            double seconds = Math.Round(Stopwatch.GetElapsedTime(_began[ImageTestStep.Script]).TotalSeconds, 1);
            _steps[ImageTestStep.Script] = _steps[ImageTestStep.Script] with { Passed = hasScript ? true : null, Seconds = hasScript ? seconds : null, Words = hasScript ? null : "there is none" };
            Passed = true;
        }
    }
}
