function s(t){let e=new WeakMap;return r=>{let o=r.parentElement,n=e.get(o);n===void 0&&(n=t(r),e.set(o,n)),n.update(r);let i=n;return()=>{i.destroy(),e.delete(o)}}}function l(t){t.addEventListener("keydown",e=>{e.stopPropagation()})}function a(t,e={},...r){let o=document.createElement(t);for(let[n,i]of Object.entries(e))i==null||i===!1||o.setAttribute(n,i===!0?"":String(i));return v(o,r),o}function v(t,e){for(let r of e)r!=null&&t.appendChild(g(r))}function c(t,e,r={}){let o=a("button",{type:"button",...r},t);return o.addEventListener("click",e),o}function g(t){return typeof t=="string"?document.createTextNode(t):t}var m=1500;function u(t,e,r=""){let o=c(t,()=>{navigator.clipboard.writeText(e()).then(()=>n("Copied"),()=>n("Not allowed"))},{class:"quiet text","aria-label":r?`${t} ${r}`:null}),n=i=>{o.textContent=i,setTimeout(()=>o.textContent=t,m)};return o}var d=class{drawn="";root=a("div",{class:"marked-text"});content=a("div",{class:"content"});constructor(e,r){this.root.append(a("style",{},r),this.content),e.parentElement.append(this.root),l(this.root)}update({data:e}){let r=JSON.stringify(e);if(r===this.drawn)return;this.drawn=r;let o=a("div",{class:"text",role:"region","aria-label":e.label,tabindex:0,dir:"auto"},...e.lines.map(x));o.style.maxHeight=`${e.height}px`;let n=e.copied?u("Copy",()=>e.copied):null;this.content.replaceChildren(o,...n?[a("div",{class:"tools"},n)]:[])}destroy(){this.root.remove()}};function x({mark:t,parts:e}){let r=e.map(f);switch(t){case"added":return a("ins",{class:"line added"},...r);case"removed":return a("del",{class:"line removed"},...r);default:return a("div",{class:t?`line ${t}`:"line"},...r)}}function f({text:t,kind:e}){return e?a(e==="changed"?"strong":"span",{class:e,title:e==="missing"?"Without a value":null},t):t}var p=`.marked-text {
  --faint: var(--st-gray-text-color, #55636a);
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
}
.marked-text * { box-sizing: border-box; }
.content { position: relative; }
.text {
  overflow: auto;
  padding: 10px 12px;
  border-radius: var(--st-base-radius, 8px);
  background: var(--st-secondary-background-color);
  font: 13px/1.6 var(--st-code-font, monospace);
  tab-size: 4;
}
.line { display: block; min-height: 1.6em; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
  text-decoration: none; }
.variable { padding: 1px 3px; border-radius: 4px; background: var(--st-violet-background-color);
  color: var(--st-violet-text-color); }
.value { border-radius: 3px; background: var(--st-green-background-color); }
.missing { padding: 1px 3px; border-radius: 4px; background: var(--st-orange-background-color);
  color: var(--st-orange-text-color); }
.added, .removed { position: relative; margin: 0 -12px; padding: 0 12px 0 28px; }
.added::before, .removed::before { position: absolute; left: 10px; }
.added { background: color-mix(in srgb, var(--st-green-color) 14%, transparent); }
.added::before { content: "+"; }
.removed { background: color-mix(in srgb, var(--st-red-color) 14%, transparent); }
.removed::before { content: "\\2212"; }
.added .changed, .removed .changed { border-radius: 3px; font-weight: inherit; }
.added .changed { background: color-mix(in srgb, var(--st-green-color) 34%, transparent); }
.removed .changed { background: color-mix(in srgb, var(--st-red-color) 34%, transparent); }
.text:has(:is(.added, .removed)) .line:not(.added, .removed) { padding-left: 16px; }
.omitted { color: var(--faint); }
.tools { display: flex; justify-content: flex-end; padding-top: 2px; }
.quiet { min-height: 24px; padding: 0 6px; border: 0; border-radius: 6px; background: none;
  color: var(--st-link-color); font: inherit; cursor: pointer; }
.quiet:hover { background: color-mix(in srgb, var(--st-primary-color) 12%, transparent); }
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
`;var L=s(t=>new d(t,p));export{L as default};
