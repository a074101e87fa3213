/// How the page looks: on a screen by day and by night, on a phone, on paper.
enum HTMLStyle {
    /// The sheet, to stand in the page itself.
    static let sheet: HTML = """

        :root { color-scheme: light dark;
          --paper: #f4f6f5; --card: #ffffff; --ink: #16211f; --soft: #566461; --line: #dde4e2; --well: #f4f6f5;
          --good: #17784a; --good-tint: #e3f3ea; --warn: #8a5a00; --warn-tint: #fcf0d6; --bad: #b3261e;
          --bad-tint: #fce9e7; --work: #a3b2af; --script: #12786e; --still: #2d6ccb; }
        @media screen and (prefers-color-scheme: dark) { :root {
          --paper: #0f1514; --card: #171f1d; --ink: #e5ecea; --soft: #9caca8; --line: #2b3634; --well: #101716;
          --good: #62d29b; --good-tint: #14301f; --warn: #efbb5e; --warn-tint: #35290f; --bad: #ff9188;
          --bad-tint: #3b1b18; --work: #5e706c; --script: #3cb5a6; --still: #6ba1f2; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
        main { max-width: 940px; margin: 0 auto; padding: 32px 20px 8px; }
        footer { max-width: 940px; margin: 0 auto; padding: 0 20px 40px; color: var(--soft); font-size: 13px; }
        h1, h2, h3, h4, p, dl, dd, figure, pre { margin: 0; }
        h1 { font-size: 34px; line-height: 1.2; font-weight: 650; letter-spacing: -.02em; text-wrap: balance; }
        h1.sentence { font-size: 23px; line-height: 1.35; letter-spacing: -.01em; }
        h2 { font-size: 17px; line-height: 1.3; font-weight: 650; letter-spacing: -.005em; margin-bottom: 14px; }
        h3 { font-size: 14px; font-weight: 600; }
        code, pre, .code, .path { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
        code { font-size: .9em; padding: .1em .35em; border-radius: 4px; background: var(--well);
          overflow-wrap: anywhere; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .aside { color: var(--soft); font-weight: 400; }

        header, section, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
          margin-bottom: 16px; }
        section { padding: 22px 26px 24px; }

        header { padding: 26px; position: relative; overflow: hidden; }
        header::before { content: ""; position: absolute; inset: 0 0 auto; height: 4px; background: var(--tone); }
        .succeeded { --tone: var(--good); --tint: var(--good-tint); }
        .degraded { --tone: var(--warn); --tint: var(--warn-tint); }
        .failed { --tone: var(--bad); --tint: var(--bad-tint); }
        .brand { float: right; color: var(--soft); font-weight: 600; }
        .brand span { font-weight: 400; }
        .state { display: inline-flex; align-items: center; gap: 6px; margin-bottom: 16px;
          padding: 3px 13px 3px 9px; border-radius: 99px; background: var(--tint); color: var(--tone);
          font-weight: 600; font-size: 14px; }
        .symbol path { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
          stroke-linejoin: round; }
        .lead { margin-top: 8px; font-size: 17px; line-height: 1.5; max-width: 62ch; text-wrap: pretty; }
        .place { display: flex; flex-wrap: wrap; margin-top: 14px; color: var(--soft); overflow-wrap: anywhere; }
        .place div { display: flex; }
        .place div + div::before { content: "·"; margin: 0 .5em; }

        .findings { --tone: var(--bad); }
        .findings.warning { --tone: var(--warn); }
        .findings h2 { color: var(--tone); }
        article { padding-left: 16px; border-left: 3px solid var(--tone); break-inside: avoid; }
        article + article { margin-top: 22px; }
        article p { margin-top: 4px; overflow-wrap: anywhere; max-width: 76ch; }
        .code { font-size: 14px; }
        .action b { display: block; margin-top: 8px; font-size: 13px; font-weight: 600; color: var(--soft); }

        dt { color: var(--soft); font-size: 13px; }
        .figures { display: flex; flex-wrap: wrap; padding: 20px 26px; gap: 16px 44px; align-items: flex-end; }
        .figures dd { font-size: 17px; line-height: 1.4; font-weight: 600; white-space: nowrap; }
        .figures .key dd { font-size: 30px; line-height: 1.2; letter-spacing: -.02em; color: var(--still); }
        .figures .key:first-child dd { color: var(--script); }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 14px 32px;
          padding: 16px 0; margin: 0 26px; border-top: 1px solid var(--line); }
        .facts dd { overflow-wrap: anywhere; }

        figure + figure { margin-top: 30px; }
        figcaption { margin-bottom: 8px; }
        .chart svg { display: block; overflow: visible; }
        .chart text { font-size: 13px; fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 3px;
          stroke-linejoin: round; }
        .chart .tick { font-size: 12px; fill: var(--soft); }
        .chart .mark { font-size: 12px; font-weight: 600; fill: var(--hue); }
        .work { --hue: var(--work); }
        .script { --hue: var(--script); }
        .still { --hue: var(--still); }
        .chart .failed { --hue: var(--bad); }
        .value { text-anchor: end; }
        .tick { text-anchor: middle; }
        .grid { stroke: var(--line); }
        .band { fill: var(--hue); fill-opacity: .13; stroke: var(--hue); stroke-opacity: .4; }
        .bar { fill: var(--hue); stroke: var(--hue); stroke-width: 2; stroke-linejoin: round; }
        .chart .failed text { fill: var(--bad); font-weight: 600; }
        @media (min-width: 640px) {
          .chart { padding: 0 92px 0 160px; }
          .chart .name { text-anchor: end; transform: translate(-16px, 16px); }
          .chart .value { transform: translate(92px, 16px); } }

        table { width: 100%; border-collapse: collapse; }
        th, td { padding: 10px 12px 10px 0; text-align: left; vertical-align: top; font-weight: 400; }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { padding-top: 0; font-size: 13px; color: var(--soft); border-bottom: 1px solid var(--line); }
        thead th:nth-child(n+4), .number { text-align: right; }
        .number { white-space: nowrap; }
        tbody tr + tr > * { border-top: 1px solid var(--line); }
        tbody th { font-weight: 600; overflow-wrap: anywhere; }
        tbody th .aside { display: block; font-size: 13px; }

        details { border-top: 1px solid var(--line); }
        h2 + details { border-top: 0; }
        summary { display: flex; flex-wrap: wrap; gap: 0 10px; align-items: baseline; padding: 11px 0;
          cursor: pointer; list-style: none; }
        summary::-webkit-details-marker { display: none; }
        summary::before { content: ""; width: 6px; height: 6px; border: solid var(--soft); border-width: 0 2px 2px 0;
          transform: translateY(-2px) rotate(-45deg); margin-right: 2px; }
        details[open] > summary::before { transform: translateY(-3px) rotate(45deg); }
        .ending { margin-left: auto; color: var(--soft); }
        .ending .time { display: inline-block; min-width: 72px; text-align: right; color: var(--ink); }
        details.failed .ending { color: var(--bad); font-weight: 600; }
        .streams { padding: 0 0 18px; }
        h4 { margin: 10px 0 6px; font-size: 13px; font-weight: 400; color: var(--soft); }
        pre { max-height: 26em; overflow: auto; padding: 12px 14px; border: 1px solid var(--line); border-radius: 8px;
          background: var(--well); font-size: 13px; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere;
          tab-size: 8; }
        .control { color: var(--warn); }
        .note { color: var(--soft); font-size: 13px; }
        :focus-visible { outline: 2px solid var(--still); outline-offset: 2px; border-radius: 4px; }

        @media screen and (max-width: 639px) {
          main { padding: 12px 12px 4px; } footer { padding: 0 12px 28px; }
          header, section { padding: 18px 16px 20px; }
          h1 { font-size: 27px; } h1.sentence { font-size: 20px; } .lead { font-size: 16px; }
          .figures { padding: 16px; gap: 14px 32px; } .figures .key dd { font-size: 26px; }
          .facts { padding: 14px 0; margin: 0 16px; }
          table, tbody, tr, th, td { display: block; }
          thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
          tbody tr + tr { margin-top: 14px; border-top: 1px solid var(--line); padding-top: 14px; }
          tbody tr + tr > * { border-top: 0; }
          tbody th, tbody td { padding: 2px 0; }
          tbody td { display: flex; justify-content: space-between; gap: 16px; text-align: right; }
          tbody td::before { content: attr(data-label); color: var(--soft); }
          .ending { margin-left: 18px; width: 100%; }
          .ending .time { min-width: 0; margin-left: 6px; } }

        @media print {
          :root { color-scheme: light; }
          body { background: none; font-size: 12px; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          main, footer { max-width: none; padding-left: 1px; padding-right: 1px; }
          header, section, .card { border-radius: 0; }
          figure, tr, .card { break-inside: avoid; }
          h2, h3, h4 { break-after: avoid; }
          details::details-content { display: block; content-visibility: visible; height: auto; }
          pre { max-height: none; } }

        """
}
